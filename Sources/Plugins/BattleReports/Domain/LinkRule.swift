/// How kills of one system are joined into battles.
public enum LinkRule: Sendable, Hashable {
    /// The specification's pseudocode as written: read a system in time order and append a kill to the running cluster while
    /// the gap to its last kill is at most `gapMax` seconds or the kill shares a party with the cluster; else start anew.
    /// Without a bound: in a busy system a cluster may never close.
    case specification(gapMax: Int64, minKills: Int)
    /// The default: a graph of pairwise links, see ``LinkBounds``.
    case bounded(LinkBounds)

    /// The default rule with its default parameters.
    public static let standard = LinkRule.bounded(LinkBounds())

    /// The rule of a name and the specification's three parameters, in minutes; `nil` for an unknown name.
    public init?(named name: String, windowMinutes: Int64 = 30, gapMaxMinutes: Int64 = 15, minKills: Int = 2) {
        switch name {
        case "default":
            self = .bounded(LinkBounds(windowMinutes: windowMinutes, gapMaxMinutes: gapMaxMinutes, minKills: minKills))
        case "specification": self = .specification(gapMax: gapMaxMinutes * 60, minKills: max(1, minKills))
        default: return nil
        }
    }

    /// The smallest number of kills that make a battle; fewer wait.
    public var minKills: Int {
        switch self {
        case .specification(_, let minKills): minKills
        case .bounded(let bounds): bounds.minKills
        }
    }
}

/// The parameters of the default rule, in seconds.
///
/// Two kills of one system are linked if they share a pilot and lie at most ``pilotBridge`` apart, or share a pilot's alliance
/// (else corporation) and lie at most ``partyBridge`` apart. Mails of empty hulls and structures that their own side destroyed
/// are linked only among themselves, by the pilot, within ``scuttleBridge``. A battle is a connected component of at least
/// ``minKills`` kills. Time alone never links: two fights without common parties stay apart however close they are. The links
/// do not depend on the order of arrival, and a kill links only to kills within ``horizon``. Measured in `docs/clustering.md`.
public struct LinkBounds: Sendable, Hashable {
    /// How long the same alliance or corporation may be quiet within a battle.
    public let partyBridge: Int64
    /// How long the same pilot may be quiet within a battle: the stronger evidence bridges the longer gap.
    public let pilotBridge: Int64
    /// How long a pilot who destroys hulls of his own side may pause.
    public let scuttleBridge: Int64
    /// The smallest number of kills that make a battle, at least 1.
    public let minKills: Int

    public init(partyBridge: Int64, pilotBridge: Int64, scuttleBridge: Int64, minKills: Int) {
        self.partyBridge = max(0, partyBridge)
        self.pilotBridge = max(0, pilotBridge)
        self.scuttleBridge = max(0, scuttleBridge)
        self.minKills = max(1, minKills)
    }

    /// From the specification's parameters: parties bridge two windows, pilots four; hulls of one's own side the gap.
    public init(windowMinutes: Int64 = 30, gapMaxMinutes: Int64 = 15, minKills: Int = 2) {
        self.init(
            partyBridge: windowMinutes * 120, pilotBridge: windowMinutes * 240, scuttleBridge: gapMaxMinutes * 60,
            minKills: minKills)
    }

    /// No kill is linked directly to one further away than this.
    public var horizon: Int64 { max(partyBridge, pilotBridge, scuttleBridge) }

    /// How far apart two kills with this key may be and still be linked.
    public func bridge(of kind: LinkKey.Kind) -> Int64 {
        switch kind {
        case .party: partyBridge
        case .pilot: pilotBridge
        case .scuttler: scuttleBridge
        }
    }
}
