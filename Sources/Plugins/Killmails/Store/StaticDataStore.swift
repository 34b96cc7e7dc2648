public import EVE
public import Foundation
public import KernelAPI

/// Keeps the static data export in the database: names of systems and ship types, and the kind of space of each system.
public struct StaticDataStore: Sendable {
    private let database: any Database
    /// Rows a statement.
    private static let batch = 5_000

    public init(database: any Database) { self.database = database }

    /// True when there was an import.
    public func hasImport() async throws -> Bool {
        try await database.query(Self.selectExists).scalar()
    }

    /// Replaces what is known by `map` in one transaction, and gives the killmails that waited for it their kind of space.
    ///
    /// - Parameter source: where it came from, for people.
    /// - Returns: how many killmails got their kind of space.
    public func replace(by map: UniverseMap, source: String, now: Date) async throws -> Int {
        try await database.transaction("killmails.import_static_data") { transaction in
            for start in stride(from: 0, to: map.types.count, by: Self.batch) {
                let types = map.types.values.dropFirst(start).prefix(Self.batch)
                _ = try await transaction.query(
                    Self.upsertTypes, types.map(\.id.rawValue), types.map(\.name), types.map(\.groupID?.rawValue))
            }
            let (regions, constellations) = (Array(map.regions.values), Array(map.constellations.values))
            let (systems, groups) = (Array(map.solarSystems.values), Array(map.groups.values))
            _ = try await transaction.pipeline([
                BoundStatement(Self.upsertRegions, regions.map(\.id.rawValue), regions.map(\.name)),
                BoundStatement(
                    Self.upsertConstellations, constellations.map(\.id.rawValue), constellations.map(\.name),
                    constellations.map(\.regionID?.rawValue)),
                BoundStatement(
                    Self.upsertSystems, systems.map(\.id.rawValue), systems.map(\.name), systems.map(\.constellationID?.rawValue),
                    systems.map { map.region(of: $0.id)?.rawValue }, systems.map(\.security)),
                BoundStatement(Self.upsertGroups, groups.map(\.id.rawValue), groups.map(\.name), groups.map(\.categoryID)),
                BoundStatement(Self.lockImports), BoundStatement(Self.insertImport, source, now),
            ])
            return try await fillSecurityTypes(map, in: transaction)
        }
    }

    private func fillSecurityTypes(_ map: UniverseMap, in transaction: any Transaction) async throws -> Int {
        var filled = 0
        for row in try await transaction.query(Self.selectWaiting) {
            let system = SolarSystemID(try row.decode(0, as: Int64.self))
            // What a system is now it has been since Pochven was made; what it was before is not in the data.
            guard let type = map.securityType(of: system, at: UniverseMap.pochvenSince) else { continue }
            let since = type == .pochven ? UniverseMap.pochvenSince : .distantPast
            filled += try await transaction.query(Self.fill, system.rawValue, type.rawValue, since).affectedRows
        }
        return filled
    }

    private static let selectExists = Statement(
        "killmails.has_static_data", "SELECT EXISTS (SELECT FROM killmails.static_data_import)")
    private static let upsertTypes = Statement(
        "killmails.upsert_types",
        """
        INSERT INTO killmails.item_type (type_id, name, group_id) SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
        ON CONFLICT (type_id) DO UPDATE SET name = excluded.name, group_id = excluded.group_id
        """)
    private static let upsertRegions = Statement(
        "killmails.upsert_regions",
        """
        INSERT INTO killmails.region (region_id, name) SELECT * FROM unnest($1::bigint[], $2::text[])
        ON CONFLICT (region_id) DO UPDATE SET name = excluded.name
        """)
    private static let upsertConstellations = Statement(
        "killmails.upsert_constellations",
        """
        INSERT INTO killmails.constellation (constellation_id, name, region_id)
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
        ON CONFLICT (constellation_id) DO UPDATE SET name = excluded.name, region_id = excluded.region_id
        """)
    private static let upsertSystems = Statement(
        "killmails.upsert_solar_systems",
        """
        INSERT INTO killmails.solar_system (system_id, name, constellation_id, region_id, security_status)
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::double precision[])
        ON CONFLICT (system_id) DO UPDATE
        SET name = excluded.name, constellation_id = excluded.constellation_id, region_id = excluded.region_id,
            security_status = excluded.security_status
        """)
    private static let upsertGroups = Statement(
        "killmails.upsert_groups",
        """
        INSERT INTO killmails.item_group (group_id, name, category_id)
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
        ON CONFLICT (group_id) DO UPDATE SET name = excluded.name, category_id = excluded.category_id
        """)
    /// Waits for the writers that read the older version, and lets those to come read this one: so no killmail is stored
    /// without its kind of space after ``fill`` has looked.
    private static let lockImports = Statement(
        "killmails.lock_static_data_imports", "LOCK TABLE killmails.static_data_import IN ACCESS EXCLUSIVE MODE")
    private static let insertImport = Statement(
        "killmails.insert_static_data_import",
        "INSERT INTO killmails.static_data_import (source, imported_at) VALUES ($1, $2)")
    private static let selectWaiting = Statement(
        "killmails.select_systems_without_security", "SELECT DISTINCT system_id FROM killmails.detail WHERE security_type IS NULL"
    )
    private static let fill = Statement(
        "killmails.fill_security_type",
        """
        UPDATE killmails.detail SET security_type = $2::text::killmails.security_type
        WHERE system_id = $1 AND security_type IS NULL AND occurred_at >= $3
        """)
}
