public import EVE

/// The default rule, one batch of new kills of one system at a time, at a cost that depends on the batch alone.
///
/// 1. ``request`` says what to load. 2. The caller loads it in the transaction that will write the result.
/// 3. ``outcome(from:)`` says what to write. No call remembers anything, so a failed transaction needs no cleaning up.
/// The result is the partition that ``partition(_:rule:)`` makes of all kills, for any order and batching.
public struct BoundedClustering<BattleID: Hashable & Comparable & Sendable>: Sendable {
    private let kills: [ClusterKill]
    private let bounds: LinkBounds

    /// - Parameter newKills: clusterable kills of one system that are in no battle yet; repeats are ignored.
    public init(newKills: [ClusterKill], bounds: LinkBounds) {
        kills = newKills
        self.bounds = bounds
    }

    /// A key and the times at which it would touch a new kill: load presences with `first <= to` and `last >= from`.
    public struct KeyWindow: Sendable, Hashable {
        public let key: LinkKey
        public let from: Int64
        public let to: Int64
    }

    public struct Request: Sendable {
        /// Whose presences to load, in the system of the new kills. Disjoint for one key.
        public let presences: [KeyWindow]
        /// In which time to load the kills that wait in no battle; `nil` if there are no new kills. A waiting component has fewer
        /// than `minKills` kills, so all of a component that touches a new kill lies within `minKills - 1` horizons of it.
        public let waiting: ClosedRange<Int64>?
    }

    /// Of a battle: what decides which id survives a merge.
    public struct Outline: Sendable, Hashable {
        public let battle: BattleID
        public let killCount: Int
        public let smallestKillmailID: KillmailID

        public init(battle: BattleID, killCount: Int, smallestKillmailID: KillmailID) {
            self.battle = battle
            self.killCount = killCount
            self.smallestKillmailID = smallestKillmailID
        }

        func outranks(_ other: Outline) -> Bool {
            killCount != other.killCount ? killCount > other.killCount : smallestKillmailID < other.smallestKillmailID
        }
    }

    /// What was asked for. More than that does no harm.
    public struct State: Sendable {
        public var presences: [Presence<BattleID>]
        public var waiting: [ClusterKill]
        /// Of every battle that `presences` names.
        public var outlines: [Outline]

        public init(presences: [Presence<BattleID>], waiting: [ClusterKill], outlines: [Outline]) {
            self.presences = presences
            self.waiting = waiting
            self.outlines = outlines
        }
    }

    /// A change and the presences to write with it: delete `replaced`, give those of absorbed battles to the survivor, insert
    /// `added` for the change's battle.
    public struct Outcome: Sendable, Hashable {
        public var change: BattleChange<BattleID>
        public var replaced: [Presence<BattleID>]
        public var added: [PresenceSpan]
    }

    public var request: Request {
        var windows: [LinkKey: [ClosedRange<Int64>]] = [:]
        for kill in kills {
            for key in kill.linkKeys {
                let bridge = bounds.bridge(of: key.kind)
                windows[key, default: []].append(kill.time - bridge...kill.time + bridge)
            }
        }
        let joined = windows.sorted { $0.key < $1.key }.flatMap { key, ranges in
            BoundedClustering.joined(ranges).map { KeyWindow(key: key, from: $0.lowerBound, to: $0.upperBound) }
        }
        let times = kills.map(\.time)
        guard let first = times.min(), let last = times.max() else { return Request(presences: [], waiting: nil) }
        let reach = bounds.horizon * Int64(max(1, bounds.minKills - 1))
        return Request(presences: joined, waiting: first - reach...last + reach)
    }

    /// What to write: one outcome per battle that is created, grows or swallows others, by its smallest joining killmail id.
    public func outcome(from state: State) -> [Outcome] {
        var known: Set<KillmailID> = []
        let loose = (kills + state.waiting).filter { known.insert($0.id).inserted }
        let battles = Set(state.presences.map(\.battle)).sorted()
        var graph = KeyGraph(loose: loose, presences: state.presences, battles: battles, bounds: bounds)
        let outlines = Dictionary(state.outlines.map { ($0.battle, $0) }) { first, _ in first }
        return graph.components()
            .filter { !$0.kills.isEmpty && (!$0.battles.isEmpty || $0.kills.count >= bounds.minKills) }
            .map { outcome(of: $0, outlines: outlines) }
            .sorted { ($0.change.joined.first ?? 0) < ($1.change.joined.first ?? 0) }
    }

    private func outcome(of component: KeyGraph<BattleID>.Component, outlines: [BattleID: Outline]) -> Outcome {
        let ranked = component.battles.map {
            outlines[$0] ?? Outline(battle: $0, killCount: 0, smallestKillmailID: KillmailID(Int64.max))
        }
        let survivor = ranked.max { $1.outranks($0) }?.battle
        return Outcome(
            change: BattleChange(
                battle: survivor, joined: component.kills.sorted(), absorbed: component.battles.filter { $0 != survivor }),
            replaced: component.replaced, added: component.added.sorted())
    }

    /// The ranges with overlapping ones joined, ascending.
    private static func joined(_ ranges: [ClosedRange<Int64>]) -> [ClosedRange<Int64>] {
        var result: [ClosedRange<Int64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}
