import EVE
import Foundation
import Testing

@testable import BattleReports

@Suite("Battle facts")
struct BattleFactsTests {
    @Test("totals count each kill and each pilot once, and NPCs and hulls not at all")
    func totals() throws {
        let mails = [
            killmail(2, at: 10, victim: .of(1, 1), attackers: [.of(2, 1), .npc], value: ISK(hundredths: 150)),
            killmail(1, at: 4, victim: .hull(of: 1), attackers: [.of(2, 1), .of(2, 2)], value: ISK(whole: 2)),
            killmail(3, at: 6, victim: .of(2, 2), attackers: [.of(1, 1)]),
        ]
        let facts = try #require(BattleFacts(of: mails + [mails[0]]))
        #expect(facts.totalKills == 3)
        #expect(facts.participants == 3)
        #expect(facts.totalISKDestroyed == ISK(hundredths: 350))
        #expect(facts.start == Date(timeIntervalSince1970: 240))
        #expect(facts.end == Date(timeIntervalSince1970: 600))
        #expect(facts.durationSeconds == 360)
        #expect(BattleFacts(of: []) == nil)
    }
}
