/// One line of EVE's static data export, as far as BattleScope reads it. Names are the English ones.
public enum StaticRecord: Sendable, Hashable {
    case region(Region)
    case constellation(Constellation)
    case solarSystem(SolarSystem)
    case group(InventoryGroup)
    case type(InventoryType)
}

public struct Region: Sendable, Hashable {
    public var id: RegionID
    public var name: String

    public init(id: RegionID, name: String) {
        self.id = id
        self.name = name
    }
}

public struct Constellation: Sendable, Hashable {
    public var id: ConstellationID
    public var name: String
    public var regionID: RegionID?

    public init(id: ConstellationID, name: String, regionID: RegionID?) {
        self.id = id
        self.name = name
        self.regionID = regionID
    }
}

public struct SolarSystem: Sendable, Hashable {
    public var id: SolarSystemID
    public var name: String
    public var constellationID: ConstellationID?
    public var regionID: RegionID?
    /// The true security status, -1 to 1, not the rounded one that the game shows.
    public var security: Double?

    public init(
        id: SolarSystemID, name: String, constellationID: ConstellationID?, regionID: RegionID?, security: Double?
    ) {
        self.id = id
        self.name = name
        self.constellationID = constellationID
        self.regionID = regionID
        self.security = security
    }
}

/// A group of types, such as the frigates.
public struct InventoryGroup: Sendable, Hashable {
    public var id: GroupID
    public var name: String
    public var categoryID: Int64?

    public init(id: GroupID, name: String, categoryID: Int64?) {
        self.id = id
        self.name = name
        self.categoryID = categoryID
    }
}

/// A kind of ship, weapon or structure.
public struct InventoryType: Sendable, Hashable {
    public var id: TypeID
    public var name: String
    public var groupID: GroupID?

    public init(id: TypeID, name: String, groupID: GroupID?) {
        self.id = id
        self.name = name
        self.groupID = groupID
    }
}
