public import struct Foundation.Date

/// Where things are in New Eden, and what kinds of things there are. A value, built once from the static data export.
public struct UniverseMap: Sendable {
    public private(set) var regions: [RegionID: Region] = [:]
    public private(set) var constellations: [ConstellationID: Constellation] = [:]
    public private(set) var solarSystems: [SolarSystemID: SolarSystem] = [:]
    public private(set) var groups: [GroupID: InventoryGroup] = [:]
    public private(set) var types: [TypeID: InventoryType] = [:]

    public init() {}

    public init(_ records: some Sequence<StaticRecord>) {
        for record in records { insert(record) }
    }

    /// Adds a record, or replaces the one with its id.
    public mutating func insert(_ record: StaticRecord) {
        switch record {
        case .region(let region): regions[region.id] = region
        case .constellation(let constellation): constellations[constellation.id] = constellation
        case .solarSystem(let system): solarSystems[system.id] = system
        case .group(let group): groups[group.id] = group
        case .type(let type): types[type.id] = type
        }
    }

    public func region(of id: SolarSystemID) -> RegionID? {
        guard let system = solarSystems[id] else { return nil }
        return system.regionID ?? system.constellationID.flatMap { constellations[$0]?.regionID }
    }

    public func group(of id: TypeID) -> InventoryGroup? {
        types[id]?.groupID.flatMap { groups[$0] }
    }
}

// MARK: Kinds of space

extension UniverseMap {
    /// The region Pochven, and the moment the Triglavians made it: 2020-10-13 11:00 UTC.
    public static let pochven: RegionID = 10_000_070
    public static let pochvenSince = Date(timeIntervalSince1970: 1_602_586_800)

    /// The system Zarzakh and its region of its own, outlaw space without security.
    static let zarzakh: SolarSystemID = 30_100_000
    static let zarzakhRegion: RegionID = 10_001_000

    /// What kind of space a system was at a time; `nil` if that is not known.
    ///
    /// Wormholes, abyss and void are told by the id alone, known space needs the map. Pochven's systems were ordinary known
    /// space before they were taken, but their former security is in no data that is still published: unknown.
    public func securityType(of id: SolarSystemID, at time: Date) -> SecurityType? {
        if let type = id.securityTypeByRange { return type }
        if id == Self.zarzakh { return .nullsec }
        guard let system = solarSystems[id] else { return nil }
        switch region(of: id) {
        case Self.pochven: return time >= Self.pochvenSince ? .pochven : nil
        case Self.zarzakhRegion: return .nullsec
        default: return system.security.flatMap(SecurityType.init(knownSpace:))
        }
    }
}

extension SecurityType {
    /// Known space by true security status: high from 0.45, low above 0, else null. 0.04 is shown as 0.1 and is low. `nil`
    /// for what is no number.
    public init?(knownSpace security: Double) {
        guard !security.isNaN else { return nil }
        self = security >= 0.45 ? .highsec : security > 0 ? .lowsec : .nullsec
    }
}
