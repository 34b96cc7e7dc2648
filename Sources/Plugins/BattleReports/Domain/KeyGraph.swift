import EVE

/// Loose kills and existing battles as nodes, joined by the keys that they share within the bridges.
struct KeyGraph<BattleID: Hashable & Comparable & Sendable> {
    struct Component {
        /// Loose kills only.
        var kills: [KillmailID] = []
        /// Ascending.
        var battles: [BattleID] = []
        /// Presences that a longer one takes the place of.
        var replaced: [Presence<BattleID>] = []
        var added: [PresenceSpan] = []
    }

    /// A kill, or a presence of a battle, on the time axis of one key.
    private struct Sighting {
        var first: Int64
        var last: Int64
        var node: Int
        var presence: Presence<BattleID>?
    }

    /// Sightings of one key that are connected by it.
    private struct Run {
        var span: PresenceSpan
        var node: Int
        var presences: [Presence<BattleID>]
    }

    private let loose: [ClusterKill]
    private let battles: [BattleID]
    private var sets: DisjointSets
    private var runs: [Run] = []

    /// - Parameter battles: each battle of `presences` once, ascending.
    init(loose: [ClusterKill], presences: [Presence<BattleID>], battles: [BattleID], bounds: LinkBounds) {
        self.loose = loose
        self.battles = battles
        sets = DisjointSets(count: loose.count + battles.count)
        var sightings: [LinkKey: [Sighting]] = [:]
        for (node, kill) in loose.enumerated() {
            kill.forEachLinkKey { key in
                sightings[key, default: []].append(Sighting(first: kill.time, last: kill.time, node: node))
            }
        }
        let nodes = Dictionary(uniqueKeysWithValues: battles.enumerated().map { ($1, loose.count + $0) })
        for presence in Set(presences) {
            guard let node = nodes[presence.battle] else { continue }
            let sighting = Sighting(first: presence.first, last: presence.last, node: node, presence: presence)
            sightings[presence.key, default: []].append(sighting)
        }
        for (key, found) in sightings { connect(found, by: key, bridge: bounds.bridge(of: key.kind)) }
    }

    private mutating func connect(_ sightings: [Sighting], by key: LinkKey, bridge: Int64) {
        var open: Run?
        for next in sightings.sorted(by: { $0.first < $1.first }) {
            let presences = next.presence.map { [$0] } ?? []
            if var run = open, next.first - run.span.last <= bridge {
                sets.unite(run.node, next.node)
                run.span = PresenceSpan(key: key, first: run.span.first, last: max(run.span.last, next.last))
                run.presences += presences
                open = run
            } else {
                if let open { runs.append(open) }
                let span = PresenceSpan(key: key, first: next.first, last: next.last)
                open = Run(span: span, node: next.node, presences: presences)
            }
        }
        if let open { runs.append(open) }
    }

    mutating func components() -> [Component] {
        var components: [Int: Component] = [:]
        for (node, kill) in loose.enumerated() { components[sets.root(of: node), default: Component()].kills.append(kill.id) }
        for (index, battle) in battles.enumerated() {
            components[sets.root(of: loose.count + index), default: Component()].battles.append(battle)
        }
        for run in runs {
            if let only = run.presences.first, run.presences.count == 1, only.first == run.span.first,
                only.last == run.span.last
            {
                continue
            }
            let root = sets.root(of: run.node)
            components[root, default: Component()].replaced += run.presences
            components[root, default: Component()].added.append(run.span)
        }
        return Array(components.values)
    }
}
