import EVE

/// The specification's rule, one batch of new kills of one system at a time.
///
/// The pass is repeated from the start of the last cluster before the earliest new kill until its boundaries fall on stored
/// ones again. Since the rule has no bound, neither has the range; the caller feeds it in pages:
///
///     var kills = page from the start that ``RegionStart`` describes, in order, with the new kills among them
///     while case .needsMore = step { kills += next page }
public struct SequentialClustering<BattleID: Hashable & Comparable & Sendable>: Sendable {
    /// A stored kill and the battle that holds it; `nil` while it waits, and for new kills.
    public struct PlacedKill: Sendable, Hashable {
        public let kill: ClusterKill
        public let battle: BattleID?

        public init(kill: ClusterKill, battle: BattleID?) {
            self.kill = kill
            self.battle = battle
        }
    }

    public enum Step: Sendable, Hashable {
        /// The boundaries do not yet agree with the stored ones: append the next page and ask again.
        case needsMore
        case done([BattleChange<BattleID>])
    }

    private let gapMax: Int64
    private let minKills: Int
    private let newKills: Set<KillmailID>
    private let lastNew: KillPosition?

    /// - Parameter newKills: clusterable kills of one system, stored, in no battle yet, and never clustered before.
    public init(newKills: [ClusterKill], gapMax: Int64, minKills: Int) {
        self.gapMax = gapMax
        self.minKills = max(1, minKills)
        self.newKills = Set(newKills.map(\.id))
        lastNew = newKills.map(\.position).max()
    }

    /// Where the pass must start, given the stored kills before the earliest new one, **latest first**; `needsMore` of them
    /// give `nil`. The start is the first kill of the battle that holds the latest of them; if that kill waits, the first
    /// waiting kill after the battle before it, since the boundaries among waiting kills are not stored.
    ///
    /// - Parameters:
    ///   - before: kills of the system before the earliest new kill, latest first, without gaps.
    ///   - reachesBeginning: true if there are no kills before those.
    /// - Returns: the position to read from, or `nil` if `before` does not reach back far enough.
    public func start(before: [PlacedKill], reachesBeginning: Bool) -> KillPosition? {
        guard let latest = before.first else { return reachesBeginning ? KillPosition(time: .min, id: 0) : nil }
        if latest.battle == nil, minKills <= 2 { return latest.kill.position }
        if let end = before.firstIndex(where: { $0.battle != latest.battle }) { return before[end - 1].kill.position }
        return reachesBeginning ? KillPosition(time: .min, id: 0) : nil
    }

    /// - Parameters:
    ///   - region: the kills of the system in order from ``start(before:reachesBeginning:)`` on, new ones included.
    ///   - reachesEnd: true if there are no kills after those.
    public func step(region: [PlacedKill], reachesEnd: Bool) -> Step {
        guard let lastNew else { return .done([]) }
        var clusters: [Cluster] = []
        var running = SequentialCluster()
        var read = 0
        var agrees = false
        for (index, placed) in region.enumerated() {
            if let flushed = running.append(placed.kill, gapMax: gapMax) {
                clusters.append(flushed)
                agrees = placed.kill.position > lastNew && wasBoundary(at: index, in: region)
            }
            if agrees { break }
            read = index + 1
        }
        guard agrees || reachesEnd else { return .needsMore }
        if !agrees, let last = running.flush() { clusters.append(last) }
        let old = region[..<read].reduce(into: [BattleID: [KillmailID]]()) { old, placed in
            if let battle = placed.battle { old[battle, default: []].append(placed.kill.id) }
        }
        let battles = clusters.filter { $0.kills.count >= minKills }
        return .done(reconcile(old: old, new: battles.map(\.killmailIDs)))
    }

    /// Whether a stored cluster began at the kill. Unknown, hence false, among several waiting kills that may be one cluster.
    private func wasBoundary(at index: Int, in region: [PlacedKill]) -> Bool {
        let battle = region[index].battle
        let before = region[..<index].last { !newKills.contains($0.kill.id) }
        if battle == nil, minKills <= 2 { return true }
        guard let before else { return true }
        return before.battle != battle
    }
}
