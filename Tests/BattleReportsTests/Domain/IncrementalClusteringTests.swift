import EVE
import KernelTesting
import Testing

@testable import BattleReports

private let rules: [LinkRule] = [
    .bounded(LinkBounds(partyBridge: 600, pilotBridge: 1_200, scuttleBridge: 300, minKills: 2)),
    .bounded(LinkBounds(partyBridge: 600, pilotBridge: 900, scuttleBridge: 60, minKills: 1)),
    .bounded(LinkBounds(partyBridge: 300, pilotBridge: 1_500, scuttleBridge: 1_800, minKills: 5)),
    .bounded(LinkBounds(partyBridge: 900, pilotBridge: 0, scuttleBridge: 0, minKills: 3)),
    .specification(gapMax: 120, minKills: 2), .specification(gapMax: 60, minKills: 1), .specification(gapMax: 180, minKills: 4),
]

@Suite("Incremental clustering")
struct IncrementalClusteringTests {
    @Test("any order, batching, repeats and delays end in the battles of one pass", arguments: rules)
    func equalsOnePass(rule: LinkRule) {
        var battlesSeen = 0
        for seed in 0..<UInt64(24) {
            let universe = RandomUniverse(seed: seed, count: 40 + Int(seed) * 3)
            let expected = Set(partition(universe.kills, rule: rule).map(\.killmailIDs))
            battlesSeen += expected.count
            for arrival in 0..<UInt64(3) {
                var store = MemoryBattleStore(rule: rule)
                for batch in universe.arrivals(seed: seed * 31 + arrival) { store.add(batch) }
                #expect(store.partition == expected, "seed \(seed), arrival \(arrival)")
                expectPresences(of: store)
            }
        }
        #expect(battlesSeen > 20)
    }

    @Test("one pass does not depend on the order of its kills", arguments: rules)
    func onePassIsOrderless(rule: LinkRule) {
        var random = SeededGenerator(seed: 5)
        let kills = RandomUniverse(seed: 9, count: 300).kills
        let expected = partition(kills, rule: rule)
        for _ in 0..<5 { #expect(partition((kills + kills).shuffled(using: &random), rule: rule) == expected) }
    }

    @Test("after every batch the store equals one pass, and every id resolves to a living battle", arguments: rules)
    func alwaysCurrent(rule: LinkRule) {
        let universe = RandomUniverse(seed: 77, count: 220)
        var store = MemoryBattleStore(rule: rule)
        var arrived: [ClusterKill] = []
        for batch in universe.arrivals(seed: 4) {
            store.add(batch)
            arrived += batch
            #expect(store.partition == Set(partition(arrived, rule: rule).map(\.killmailIDs)))
            for id in 1..<store.nextID {
                let living = store.resolve(id)
                if let living { #expect(!store.members(of: living).isEmpty, "battle \(id) ends in \(living)") }
                if case .bounded = rule { #expect(living != nil, "battle \(id)") }
            }
        }
        #expect(store.changes.contains { $0.kind == .created } && store.changes.contains { $0.kind == .updated })
    }

    @Test("at every merge and split ids stay with the part that holds most kills", arguments: rules)
    func idsStayWithTheLargestPart(rule: LinkRule) {
        var merges = 0
        for seed in 0..<UInt64(12) {
            var store = MemoryBattleStore(rule: rule)
            for batch in RandomUniverse(seed: seed, count: 150).arrivals(seed: seed) {
                let before = Dictionary(grouping: store.battleOf.keys) { store.battleOf[$0] ?? 0 }
                store.add(batch)
                for (battle, kills) in before where store.redirects[battle] == nil && store.dissolvedInto[battle] == nil {
                    let kept = kills.filter { store.battleOf[$0] == battle }.count
                    let parts = Dictionary(grouping: kills) { store.battleOf[$0] ?? 0 }
                    for (home, part) in parts where home != 0 && home != battle { #expect(part.count <= kept) }
                }
                for (old, new) in store.redirects where before[old] != nil && before[new] != nil {
                    merges += 1
                    let mine = before[old] ?? []
                    let theirs = before[new] ?? []
                    guard case .bounded = rule else { continue }
                    #expect(theirs.count >= mine.count)
                    if theirs.count == mine.count, let smallest = mine.min() { #expect(theirs.contains { $0 < smallest }) }
                }
            }
        }
        #expect(merges > 0)
    }

    @Test("a battle of four thousand kills grows by one without loading any of them")
    func growthLoadsNothing() {
        var store = MemoryBattleStore(rule: .standard)
        let fight = (0..<4_000).map { (index: Int64) -> ClusterKill in
            let mail = killmail(index, at: Double(index) / 60, victim: .of(1, index % 40), attackers: [.of(2, index % 60)])
            return ClusterKill(mail)
        }
        store.add(fight)
        let loaded = store.killsLoaded
        store.add([ClusterKill(killmail(9_999, at: 30, victim: .of(1, 1), attackers: [.of(2, 2)]))])
        #expect(store.killsLoaded == loaded)
        #expect(store.partition.map(\.count) == [4_001])
        #expect(store.presences.count == 102)
    }

    @Test("a late kill under the specification's rule splits a battle, and the larger part keeps the id")
    func lateKillSplits() {
        // 2 joins the cluster only through party 9 of kill 1; the late kill between them closes that cluster first.
        let gap: Int64 = 60
        func kill(_ id: Int64, _ time: Int64, _ party: Int64) -> ClusterKill {
            ClusterKill(
                id: KillmailID(id), time: time, solarSystemID: busySystem, parties: [], pilots: [], overlapParties: [party],
                isScuttled: false)
        }
        var store = MemoryBattleStore(rule: .specification(gapMax: gap, minKills: 2))
        store.add([kill(1, 0, 9), kill(2, 10, 9), kill(3, 20, 9), kill(4, 1_000, 9), kill(5, 1_010, 9)])
        #expect(store.partition == [[1, 2, 3, 4, 5]])
        store.add([kill(6, 500, 7)])
        #expect(store.partition == [[1, 2, 3], [4, 5]])
        #expect(store.members(of: 1) == [1, 2, 3])
        #expect(store.changes.contains { $0.kind == .split && $0.splitFrom == [1] && $0.joined == [4, 5] })
    }

    /// The presences kept up to date equal those computed from each battle's kills.
    private func expectPresences(of store: MemoryBattleStore) {
        guard case .bounded(let bounds) = store.rule else { return }
        let battles = Dictionary(grouping: store.battleOf.keys) { store.battleOf[$0] ?? 0 }
        let expected = battles.flatMap { battle, ids in
            presenceSpans(of: ids.compactMap { store.kills[$0] }, bounds: bounds).map {
                Presence(key: $0.key, first: $0.first, last: $0.last, battle: battle)
            }
        }
        #expect(Set(store.presences.map(\.presence)) == Set(expected))
    }
}
