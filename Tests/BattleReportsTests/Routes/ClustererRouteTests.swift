import EVE
import Foundation
import KernelAPI
import KernelTesting
import Killmails
import Testing

@testable import BattleReports

@Suite("Clusterer routes")
struct ClustererRouteTests {
    private func stats(_ bench: BattlesBench) async -> JSON {
        let answer = await bench.kernel.get("/admin/stats/clusterer")
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json
    }

    /// Two kills of one fight, so many seconds before the clock's time.
    private func fight(_ id: Int64, _ age: TimeInterval, _ bench: BattlesBench) -> [Killmail] {
        (0..<2 as Range<Int64>).map { number in
            var mail = killmail(id + number, at: 0, victim: .of(1, number), attackers: [.of(2, 9)])
            mail.time = bench.kernel.clock.now - age + Double(number)
            return mail
        }
    }

    @Test("before anything happened there are zeros, and nothing to tell of lag")
    func empty() async throws {
        try await BattlesBench.run { bench in
            let stats = await stats(bench)
            #expect(stats["battlesCreated24h"].number == 0 && stats["killmailsProcessed24h"].number == 0)
            #expect(stats["unprocessedKillmails"].number == 0)
            #expect(stats["averageLagSeconds"] == .null && stats["lastProcessedAt"] == .null)
        }
    }

    @Test("battles, killmails, what waits, and the lag of what is fresh are told")
    func counts() async throws {
        try await BattlesBench.run { bench in
            try await bench.store.store(fight(10, 61, bench), source: "test")
            let before = await stats(bench)
            #expect(before["unprocessedKillmails"].number == 2 && before["battlesCreated24h"].number == 0)
            try await bench.kernel.drain(BattlesBench.clusterer)
            // Of years ago: a battle, but no lag.
            try await bench.add(fight(20, 86_400 * 400, bench))
            let stats = await stats(bench)
            #expect(stats["battlesCreated24h"].number == 2 && stats["killmailsProcessed24h"].number == 4)
            #expect(stats["unprocessedKillmails"].number == 0 && stats["averageLagSeconds"].number == 60)
            #expect(stats["lastProcessedAt"].text == bench.kernel.clock.now.iso8601)
            // What is announced again is no news.
            bench.kernel.clock.advance(by: .seconds(60))
            try await bench.announce([10, 11])
            try await bench.kernel.drain(BattlesBench.clusterer)
            #expect(await self.stats(bench) == stats)
            bench.kernel.clock.advance(by: .seconds(86_400))
            let later = await self.stats(bench)
            #expect(later["battlesCreated24h"].number == 0 && later["averageLagSeconds"] == .null)
            #expect(later["lastProcessedAt"] == stats["lastProcessedAt"])
        }
    }
}
