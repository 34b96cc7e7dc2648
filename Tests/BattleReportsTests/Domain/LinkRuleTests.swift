import EVE
import Testing

@testable import BattleReports

private let specification = LinkRule.specification(gapMax: 15 * 60, minKills: 2)

@Suite("Link rules")
struct LinkRuleTests {
    @Test("two fights in one system at once stay apart when nobody takes part in both")
    func twoFightsAtOnce() {
        let mails = (0..<40).map { (index: Int64) -> Killmail in
            index.isMultiple(of: 2)
                ? killmail(index, at: Double(index) / 4, victim: .of(1, index), attackers: [.of(2, 1), .of(2, 2)])
                : killmail(index, at: Double(index) / 4, victim: .of(3, index), attackers: [.of(4, 1)])
        }
        #expect(battleIDs(mails) == [Array(stride(from: 0, to: 40, by: 2)), Array(stride(from: 1, to: 40, by: 2))])
        #expect(battleIDs(mails, specification).count == 1)
    }

    @Test("570 empty hulls of one's own neither join the fight next to them nor glue it to a later one")
    func emptyHulls() {
        // Fights of alliances 1 and 2 at 0 and 115 minutes; in between pilot (1, 1) destroys hulls of his corporation.
        let early = (0..<10).map { killmail($0, at: Double($0), victim: .of(2, $0), attackers: [.of(1, 1), .of(1, 2)]) }
        let late = (10..<20).map { killmail($0, at: 115 + Double($0), victim: .of(1, $0), attackers: [.of(2, $0 + 50)]) }
        let other = (20..<30).map { killmail($0, at: 20 + Double($0), victim: .of(5, $0), attackers: [.of(6, 1)]) }
        let hulls = (0..<570).map { (index: Int64) -> Killmail in
            killmail(1_000 + index, at: 25 + 50 * Double(index) / 570, victim: .hull(of: 1), attackers: [.of(1, 1)])
        }
        let expected: [[Int64]] = [Array(0..<10), Array(1_000..<1_570), Array(20..<30), Array(10..<20)]
        #expect(battleIDs(early + late + other + hulls) == expected)
        #expect(battleIDs(early + late + other) == [Array(0..<10), Array(20..<30), Array(10..<20)])
    }

    @Test("a pilot who kills one of his own in a fight stays in it, and brings nobody else in")
    func awox() {
        let fight = (0..<6).map { killmail($0, at: Double($0), victim: .of(1, $0), attackers: [.of(2, 1), .of(2, 2)]) }
        let awox = killmail(6, at: 3, victim: .of(2, 2), attackers: [.of(2, 1)])
        let other = (10..<14).map { killmail($0, at: 3, victim: .of(3, $0), attackers: [.of(4, 1)]) }
        #expect(battleIDs(fight + [awox] + other) == [Array(0...6), Array(10..<14)])
    }

    @Test("a long fight with quiet minutes stays whole, and ends when quiet lasts longer than the bridge")
    func quietMinutes() {
        func fight(quiet: Double) -> [[Int64]] {
            battleIDs((0..<12).map { killmail($0, at: Double($0 / 3) * quiet, victim: .of(1, $0), attackers: [.of(2, $0)]) })
        }
        #expect(fight(quiet: 20) == [Array(0..<12)])
        #expect(fight(quiet: 60) == [Array(0..<12)])
        #expect(fight(quiet: 61) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]])
    }

    @Test("the same pilot bridges two hours, his alliance one", arguments: [(60.0, 1), (61, 0), (120, 0)])
    func partyBridge(minutes: Double, battles: Int) {
        let mails = [
            killmail(1, at: 0, victim: .of(1, 1), attackers: [.of(2, 1)]),
            killmail(2, at: minutes, victim: .of(3, 1), attackers: [.of(2, 2)]),
        ]
        #expect(battleIDs(mails).count == battles)
    }

    @Test("a pilot without alliance or player corporation links by himself", arguments: [(120.0, 1), (120.02, 0)])
    func pilotBridge(minutes: Double, battles: Int) {
        let loner = Pilot(character: 95_000_001, corporation: 1_000_045, alliance: nil)
        let mails = [
            killmail(1, at: 0, victim: .of(1, 1), attackers: [loner]),
            killmail(2, at: minutes, victim: .of(3, 1), attackers: [loner]),
        ]
        #expect(battleIDs(mails).count == battles)
    }

    @Test("exactly fifteen minutes are contiguous for the specification, a second more is not")
    func gapBoundary() {
        func pair(at minutes: Double) -> [Killmail] {
            [
                killmail(1, at: 0, victim: .of(1, 1), attackers: [.of(2, 1)]),
                killmail(2, at: minutes, victim: .of(3, 1), attackers: [.of(4, 1)]),
            ]
        }
        #expect(battleIDs(pair(at: 15), specification) == [[1, 2]])
        #expect(battleIDs(pair(at: 15 + 1 / 60.0), specification).isEmpty)
    }

    @Test("a party shared with any kill of the cluster keeps the specification's cluster open for ever")
    func unboundedOverlap() {
        let mails = (0..<5).map { killmail($0, at: Double($0) * 1_000, victim: .of(1, $0), attackers: [.of($0 + 2, 1)]) }
        #expect(battleIDs(mails, specification) == [[0, 1, 2, 3, 4]])
        #expect(battleIDs(mails).isEmpty)
    }

    @Test(
        "a kill by NPCs waits unless its victim fights, and NPC corporations link nobody", arguments: [.standard, specification])
    func npcOnly(rule: LinkRule) {
        let rats = (0..<5).map { killmail($0, at: Double($0) * 20, victim: .of($0 + 1, 1), attackers: [.npc]) }
        #expect(battleIDs(rats, rule).isEmpty)
        let fight = killmail(9, at: 2, victim: .of(1, 1), attackers: [.of(20, 1)])
        #expect(battleIDs(rats + [fight], rule) == [[0, 9]])
    }

    @Test("structures without pilots on either side are linked to nothing by the default rule")
    func noPilots() {
        let mails = (0..<3).map { killmail($0, at: 0, victim: .hull(of: 1), attackers: [.npc]) }
        #expect(battleIDs(mails).isEmpty)
    }

    @Test("fewer kills than a battle needs wait, and a late one completes them")
    func lateKillCompletes() {
        let rule = LinkRule.bounded(LinkBounds(minKills: 3))
        let kills = [0, 50, 25].enumerated().map { index, minute in
            ClusterKill(killmail(Int64(index), at: Double(minute), victim: .of(1, Int64(index)), attackers: [.of(2, 1)]))
        }
        var store = MemoryBattleStore(rule: rule)
        store.add([kills[0]])
        store.add([kills[1]])
        #expect(store.partition.isEmpty)
        store.add([kills[2]])
        #expect(store.partition == [[0, 1, 2]])
    }

    @Test("kills in abyssal and void space are never clustered", arguments: [32_000_005, 34_000_017] as [SolarSystemID])
    func instancedSpace(system: SolarSystemID) {
        let mails = (0..<4).map { killmail($0, at: 0, victim: .of(1, $0), attackers: [.of(2, 1)], system: system) }
        #expect(battleIDs(mails).isEmpty)
        #expect(!ClusterKill(mails[0]).isClusterable)
    }

    @Test("kills of the same parties in two systems are two battles")
    func systemsApart() {
        let mails = (0..<4).map {
            killmail($0, at: 0, victim: .of(1, $0), attackers: [.of(2, 1)], system: SolarSystemID(30_000_142 + $0 % 2))
        }
        #expect(battleIDs(mails) == [[0, 2], [1, 3]])
    }

    @Test("rules have names, and the window and the gap scale their bridges")
    func names() {
        #expect(LinkRule(named: "default") == .standard)
        #expect(LinkRule(named: "specification") == specification)
        #expect(LinkRule(named: "other") == nil)
        #expect(
            LinkRule(named: "default", windowMinutes: 10, gapMaxMinutes: 5, minKills: 0)
                == .bounded(LinkBounds(partyBridge: 1_200, pilotBridge: 2_400, scuttleBridge: 300, minKills: 1)))
    }
}
