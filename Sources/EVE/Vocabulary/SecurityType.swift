/// What kind of space a solar system is, as a fact about the system and the time.
public enum SecurityType: String, Sendable, CaseIterable {
    case highsec, lowsec, nullsec, wormhole, pochven
    /// Instanced deadspace: kept, never clustered into battles.
    case abyssal, void

    /// The coarse kind of space; `nil` for the instanced ones.
    public var spaceType: SpaceType? {
        switch self {
        case .highsec, .lowsec, .nullsec: .kspace
        case .wormhole: .jspace
        case .pochven: .pochven
        case .abyssal, .void: nil
        }
    }
}

/// The three kinds of space that battles are fought in.
public enum SpaceType: String, Sendable, CaseIterable {
    case kspace, jspace, pochven
}

extension SolarSystemID {
    /// The kind of space that an id alone tells (`docs/eve-online.md`): wormholes 31, abyssal 32 and void 34 million.
    public var securityTypeByRange: SecurityType? {
        switch rawValue / 1_000_000 {
        case 31: .wormhole
        case 32: .abyssal
        case 34: .void
        default: nil
        }
    }
}
