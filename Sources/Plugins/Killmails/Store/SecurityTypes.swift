import EVE
import KernelAPI
import Synchronization

/// The kind of space of every solar system, from the imported static data; read again when there was a new import.
final class SecurityTypes: Sendable {
    private struct Cached {
        /// The import's id; 0 before the first.
        var version: Int64 = 0
        var map = UniverseMap()
    }

    private let cached = Mutex(Cached())

    /// The map of the newest import, as the transaction sees it; empty before the first.
    func current(in session: any SQLSession) async throws -> UniverseMap {
        let newest: Int64 = try await session.query(Self.version).scalar()
        let known = cached.withLock { $0 }
        guard known.version != newest else { return known.map }
        let map = UniverseMap(
            try await session.query(Self.select).map { row -> StaticRecord in
                var columns = row.columns
                return .solarSystem(
                    SolarSystem(
                        id: SolarSystemID(try columns.next()), name: "", constellationID: nil,
                        regionID: try columns.next(Int64?.self).map { RegionID($0) }, security: try columns.next()))
            })
        cached.withLock { $0 = Cached(version: newest, map: map) }
        return map
    }

    private static let version = Statement(
        "killmails.select_static_data_version", "SELECT coalesce(max(id), 0)::bigint FROM killmails.static_data_import")
    private static let select = Statement(
        "killmails.select_solar_systems",
        "SELECT system_id, region_id, security_status FROM killmails.solar_system")
}
