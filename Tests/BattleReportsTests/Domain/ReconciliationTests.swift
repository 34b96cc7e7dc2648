import EVE
import KernelTesting
import Testing

@testable import BattleReports

@Suite("Reconciliation of battles")
struct ReconciliationTests {
    @Test("equal parts: the one with the smallest killmail id keeps the id of a split battle")
    func splitTie() {
        let changes = reconcile(old: [7: [1, 2, 3, 4]], new: [[2, 4], [1, 3]])
        #expect(changes.count == 2)
        #expect(changes.contains { $0.battle == 7 && $0.lost == 2 && $0.kind == .updated })
        #expect(changes.contains { $0.battle == nil && $0.joined == [2, 4] && $0.splitFrom == [7] })
    }

    @Test("the battle with most kills survives a merge, on a tie the one with the smallest killmail id")
    func mergeTie() {
        #expect(reconcile(old: [1: [10, 11], 2: [5, 6, 7]], new: [[5, 6, 7, 10, 11]]).map(\.battle) == [2])
        #expect(reconcile(old: [1: [10, 11], 2: [5, 12]], new: [[5, 10, 11, 12]]).map(\.battle) == [2])
        #expect(reconcile(old: [1: [10, 11], 2: [5, 12]], new: [[5, 10, 11, 12]]).map(\.absorbed) == [[1]])
    }

    @Test("an unchanged partition changes nothing, in whatever order")
    func unchanged() {
        #expect(reconcile(old: [1: [3, 1], 2: [5, 6]], new: [[6, 5], [1, 3]]).isEmpty)
    }

    @Test("a battle whose kills all wait again is dissolved and names them")
    func dissolved() {
        let changes = reconcile(old: [1: [3, 1]], new: [])
        #expect(changes.map(\.kind) == [.dissolved])
        #expect(changes.map(\.left) == [[1, 3]])
    }

    @Test("applying the changes between two random partitions makes the second one, with one owner per kill")
    func randomPartitions() {
        var random = SeededGenerator(seed: 3)
        var store = MemoryBattleStore(rule: .standard)
        for _ in 0..<300 {
            let ids = (1...30).map { KillmailID($0) }
            let groups = Dictionary(grouping: ids) { _ in Int.random(in: 0..<8, using: &random) }
            let new = groups.filter { $0.key != 0 }.map(\.value)
            let old = Dictionary(grouping: store.battleOf.keys) { store.battleOf[$0] ?? 0 }
            store.apply(reconcile(old: old, new: new))
            #expect(store.partition == Set(new))
        }
    }
}
