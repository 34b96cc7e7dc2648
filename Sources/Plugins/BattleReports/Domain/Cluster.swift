public import EVE

/// Kills of one system that belong together, in time order; a battle if there are at least `minKills` of them.
public struct Cluster: Sendable, Hashable {
    public let solarSystemID: SolarSystemID
    /// By time, then by id; never empty.
    public let kills: [ClusterKill]

    /// Ascending.
    public var killmailIDs: [KillmailID] { kills.map(\.id).sorted() }
}
