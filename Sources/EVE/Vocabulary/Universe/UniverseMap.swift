// STAND-IN until the universe map arrives
public import struct Foundation.Date
public struct SolarSystem: Sendable, Hashable {
    public let id: SolarSystemID, name: String, constellationID: ConstellationID, regionID: RegionID, securityStatus: Double
    public init(id: SolarSystemID, name: String, constellationID: ConstellationID, regionID: RegionID, securityStatus: Double) {
        self.id = id; self.name = name; self.constellationID = constellationID; self.regionID = regionID;
        self.securityStatus = securityStatus
    }
}
public struct UniverseMap: Sendable {
    public init(systems: [SolarSystem] = []) {}
    public func securityType(of system: SolarSystemID, at time: Date) -> SecurityType? { system.securityTypeByRange }
}
