import EVE
import KernelAPI
import KernelTesting
import Testing

@testable import Killmails

@Suite("Name worker")
struct NameWorkerTests {
    @Test("everybody on a killmail gets a name, asked for once")
    func names() async throws {
        try await KillmailsBench.run { bench in
            bench.names.answer { ids in
                NameAnswer(
                    names: .init(uniqueKeysWithValues: ids.map { ($0, EntityName(category: .character, name: "Name \($0)")) }))
            }
            let store = bench.makeStore()
            let kill = mail(2, attackers: 3)
            try await store.store([kill], source: "test")
            try await bench.kernel.drain("killmails.names")
            try await store.store([mail(4, attackers: 3)], source: "test")
            try await bench.kernel.drain("killmails.names")
            let next7 = try await bench.kernel.step("killmails.names")
            #expect(next7 == .whenWoken(atMost: .seconds(5)))
            #expect(bench.names.asked.count == 2)
            #expect(bench.names.asked[0] == Set(kill.namedIDs).sorted())
            #expect(Set(bench.names.asked[1]).isDisjoint(with: bench.names.asked[0]))
            let named = try await bench.texts(
                Statement("test.named", "SELECT category || ' ' || name FROM contract.entity_name WHERE id = 90000002"))
            #expect(named == ["character Name 90000002"])
        }
    }

    @Test("an id that nobody knows is not asked for again, one that could not be asked for is, after the pause asked for")
    func unknownAndLater() async throws {
        try await KillmailsBench.run { bench in
            let kill = mail(1, attackers: 0)
            let (pilot, corporation): (Int64, Int64) = (90_000_001, 98_000_001)
            try await bench.makeStore().store([kill], source: "test")
            bench.names.answer { _ in NameAnswer(unknown: [pilot], later: [corporation], retryAfter: .seconds(90)) }
            try await bench.kernel.drain("killmails.names")
            bench.kernel.clock.advance(by: .seconds(89))
            try await bench.kernel.drain("killmails.names")
            #expect(bench.names.asked == [[pilot, corporation]])
            bench.names.answer { _ in NameAnswer(later: [corporation]) }
            bench.kernel.clock.advance(by: .seconds(1))
            try await bench.kernel.drain("killmails.names")
            #expect(bench.names.asked == [[pilot, corporation], [corporation]])
            // Without a wish: a minute.
            bench.kernel.clock.advance(by: .seconds(59))
            try await bench.kernel.drain("killmails.names")
            #expect(bench.names.asked.count == 2)
            bench.kernel.clock.advance(by: .seconds(1))
            try await bench.kernel.drain("killmails.names")
            #expect(bench.names.asked.count == 3)
            #expect(try await bench.numbers(Statement("test.known", "SELECT id FROM contract.entity_name")).isEmpty)
        }
    }

    @Test("more ids than one call takes are asked for in several, one after the other")
    func manyNames() async throws {
        try await KillmailsBench.run { bench in
            bench.names.answer { ids in NameAnswer(unknown: Set(ids)) }
            try await bench.makeStore().store([mail(1, attackers: 1_200)], source: "test")
            let next8 = try await bench.kernel.step("killmails.names")
            #expect(next8 == .immediately)
            try await bench.kernel.drain("killmails.names")
            #expect(bench.names.asked.map(\.count).prefix(1) == [1_000])
            #expect(Set(bench.names.asked.joined()) == Set(mail(1, attackers: 1_200).namedIDs))
        }
    }
}
