/// An id that CCP gave to something in EVE Online: a 64-bit integer with a type of its own, so that a corporation
/// cannot be mistaken for an alliance.
public protocol Identifier: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByIntegerLiteral
where RawValue == Int64 {
    init(rawValue: Int64)
}

extension Identifier {
    public init(_ rawValue: Int64) { self.init(rawValue: rawValue) }
    public init(integerLiteral value: Int64) { self.init(rawValue: value) }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    public var description: String { String(rawValue) }
}

public struct KillmailID: Identifier { public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue } }
public struct CharacterID: Identifier { public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue } }
public struct CorporationID: Identifier { public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue } }
public struct AllianceID: Identifier { public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue } }
public struct FactionID: Identifier { public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue } }
public struct SolarSystemID: Identifier { public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue } }
public struct ConstellationID: Identifier {
    public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue }
}
public struct RegionID: Identifier { public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue } }
public struct GroupID: Identifier { public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue } }
public struct TypeID: Identifier { public let rawValue: Int64; public init(rawValue: Int64) { self.rawValue = rawValue } }

extension CharacterID {
    /// NPC agents and pirates: 3,000,000 to 3,999,999; capsuleers are above.
    public var isNPC: Bool { rawValue <= 3_999_999 }
}

extension CorporationID {
    /// NPC corporations: 1,000,000 to 1,999,999.
    public var isNPC: Bool { rawValue <= 1_999_999 }
}
