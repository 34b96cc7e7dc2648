/// A stretch of time in which a key is never out of sight in a battle: its kills with the key follow each other within the
/// key's bridge.
///
/// Presences are what a new kill is compared with, instead of the battle's kills: those with the same key closer together
/// than the bridge are linked already, so only the stretch's ends matter. Two presences of one key in one system are always
/// further apart than the bridge, so a kill meets at most two of them per key, however large the battle or long the history.
public struct Presence<BattleID: Hashable & Comparable & Sendable>: Sendable, Hashable {
    public let key: LinkKey
    /// The times of the first and the last kill with the key, seconds since 1970-01-01 UTC.
    public let first: Int64
    public let last: Int64
    public let battle: BattleID

    public init(key: LinkKey, first: Int64, last: Int64, battle: BattleID) {
        self.key = key
        self.first = first
        self.last = last
        self.battle = battle
    }
}

/// A presence whose battle is told by its surroundings.
public struct PresenceSpan: Sendable, Hashable, Comparable {
    public let key: LinkKey
    /// The times of the first and the last kill with the key, seconds since 1970-01-01 UTC.
    public let first: Int64
    public let last: Int64

    public init(key: LinkKey, first: Int64, last: Int64) {
        self.key = key
        self.first = first
        self.last = last
    }

    public static func < (left: PresenceSpan, right: PresenceSpan) -> Bool {
        left.key != right.key ? left.key < right.key : left.first < right.first
    }
}

/// The presences of a battle computed from its kills: what must be stored after a range was clustered anew.
public func presenceSpans(of kills: [ClusterKill], bounds: LinkBounds) -> [PresenceSpan] {
    var open: [LinkKey: PresenceSpan] = [:]
    var spans: [PresenceSpan] = []
    for kill in kills.sorted(by: { $0.position < $1.position }) {
        kill.forEachLinkKey { key in
            let running = open[key]
            if let running, kill.time - running.last <= bounds.bridge(of: key.kind) {
                open[key] = PresenceSpan(key: key, first: running.first, last: kill.time)
            } else {
                if let running { spans.append(running) }
                open[key] = PresenceSpan(key: key, first: kill.time, last: kill.time)
            }
        }
    }
    return (spans + open.values).sorted()
}
