import EVE
import KernelTesting
import Testing

@testable import BattleReports

@Suite("Sides")
struct SidesTests {
    private func side(_ alliance: Int64, in sides: Sides) -> Int? {
        sides.assignments[.alliance(AllianceID(99_000_000 + alliance))]?.side
    }

    @Test("two coalitions that shoot each other are two sides")
    func twoSides() {
        let mails = [
            killmail(1, at: 0, victim: .of(1, 1), attackers: [.of(3, 1), .of(4, 1)]),
            killmail(2, at: 1, victim: .of(2, 1), attackers: [.of(3, 1), .of(4, 1)]),
            killmail(3, at: 2, victim: .of(3, 2), attackers: [.of(1, 1), .of(2, 1)]),
        ]
        let sides = Sides(of: mails)
        #expect(sides.sideCount == 2)
        #expect(sides.describesBattle)
        #expect(side(1, in: sides) == side(2, in: sides))
        #expect(side(3, in: sides) == side(4, in: sides))
        #expect(side(1, in: sides) != side(3, in: sides))
        #expect(sides.assignments.values.allSatisfy { $0.confidence == 1 && !$0.evidence.isEmpty })
    }

    @Test("three alliances that each shoot the others are three sides")
    func threeSides() {
        let pairs: [(Int64, Int64)] = [(1, 2), (2, 3), (3, 1), (2, 1), (3, 2), (1, 3)]
        let mails = pairs.enumerated().map { index, pair in
            killmail(Int64(index), at: 0, victim: .of(pair.0, 1), attackers: [.of(pair.1, 2)])
        }
        let sides = Sides(of: mails)
        #expect(sides.sideCount == 3)
        #expect(Set([1, 2, 3].map { side($0, in: sides) }).count == 3)
    }

    @Test("a pilot who shoots his own does not divide his alliance")
    func awox() {
        let mails = [
            killmail(1, at: 0, victim: .of(1, 1), attackers: [.of(2, 1)]),
            killmail(2, at: 0, victim: .of(2, 2), attackers: [.of(2, 1)], value: ISK(whole: 90_000_000_000)),
        ]
        #expect(Sides(of: mails).sideCount == 2)
        #expect(Sides(of: mails).contradiction == 0)
    }

    @Test("an attacker below five per cent of the damage does not decide")
    func smallShare() {
        // 3 tickles 2 on mails that 1 makes, ten times; once it is killed by 1, and that decides.
        let tickles = (0..<10).map {
            killmail($0, at: 0, victim: .of(2, $0), attackers: [.of(1, 1), .of(3, 1)], damage: [960, 40])
        }
        let loss = killmail(99, at: 1, victim: .of(3, 1), attackers: [.of(1, 1)])
        let sides = Sides(of: tickles + [loss])
        #expect(side(3, in: sides) != side(1, in: sides))
        let louder = (0..<10).map {
            killmail($0, at: 0, victim: .of(2, $0), attackers: [.of(1, 1), .of(3, 1)], damage: [900, 100])
        }
        let together = Sides(of: louder + [loss])
        #expect(side(3, in: together) == side(1, in: together))
    }

    @Test("who is killed by NPCs alone is third party")
    func thirdParty() {
        let sides = Sides(of: [
            killmail(1, at: 0, victim: .of(1, 1), attackers: [.of(2, 1)]),
            killmail(2, at: 0, victim: .of(3, 1), attackers: [.npc]),
        ])
        #expect(sides.assignments.count == 3)
        #expect(side(3, in: sides) == nil)
    }

    @Test("the order of kills and attackers makes no difference")
    func orderless() {
        var random = SeededGenerator(seed: 12)
        let mails = (0..<80).map { (index: Int64) -> Killmail in
            let attackers = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                Pilot.of(Int64.random(in: 1...9, using: &random), Int64.random(in: 1...9, using: &random))
            }
            return killmail(
                index, at: Double(index), victim: .of(Int64.random(in: 1...9, using: &random), index), attackers: attackers,
                value: ISK(whole: Int64.random(in: 0...5_000_000_000, using: &random)))
        }
        let expected = Sides(of: mails)
        for _ in 0..<20 {
            let mixed = (mails + mails.prefix(9)).shuffled(using: &random).map { mail in
                var mail = mail
                mail.attackers.shuffle(using: &random)
                return mail
            }
            #expect(Sides(of: mixed) == expected)
        }
    }

    @Test("a report's sides name alliances by id and others by corporation; kills that are not known are left out")
    func report() {
        let loner = Pilot(character: 95_000_001, corporation: 98_000_009, alliance: nil)
        let mails = [killmail(1, at: 0, victim: .of(1, 1), attackers: [loner, .of(2, 2)])]
        let answers = Analysis.sides(reports: [SideReport(id: "a", killmails: [1, 404])], killmails: mails)
        #expect(answers.map(\.id) == ["a"])
        #expect(answers[0].sides == ["99000001": 1, "99000002": 0, "corp:98000009": 0])
    }
}
