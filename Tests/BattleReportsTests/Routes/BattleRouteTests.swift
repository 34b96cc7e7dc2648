import EVE
import Foundation
import KernelAPI
import KernelTesting
import Testing

@testable import BattleReports

@Suite("Battle routes")
struct BattleRouteTests {
    /// Battles without kills behind them: one every minute from 2026-01-01, in turning systems and kinds of space.
    static func insertBattles(_ count: Int, from first: Int = 0, in bench: BattlesBench) async throws {
        try await bench.kernel.execute(
            """
            INSERT INTO battle_reports.battle (id, system_id, space_type, start_time, end_time, total_kills, total_isk_destroyed,
                total_participants, created_at, updated_at)
            SELECT gen_random_uuid(), 30000000 + n % 50,
                (ARRAY['kspace','jspace','pochven'])[1 + n % 3]::battle_reports.space_type,
                t, t, 2, 0, 2, t, t
            FROM (SELECT n, '2026-01-01 00:00Z'::timestamptz + (n / 2) * interval '1 minute' AS t
                  FROM generate_series(\(first), \(first + count - 1)) AS n) made
            """)
    }

    private func ids(_ answer: TestAnswer) -> [String] { answer.json["items"].items.compactMap { $0["id"].text } }

    @Test("filters choose by space type, system and time, alone and together")
    func filters() async throws {
        try await BattlesBench.run { bench in
            try await Self.insertBattles(60, in: bench)
            func count(_ query: String) async -> Int { ids(await bench.kernel.get("/battles?limit=100&\(query)")).count }
            #expect(await count("") == 60)
            #expect(await count("space_type=kspace") == 20)
            #expect(await count("space_type=kspace&space_type=pochven") == 40)
            #expect(await count("system_id=30000007") == 2)
            #expect(await count("start_time_after=2026-01-01T00:10:00Z&start_time_before=2026-01-01T00:14:00Z") == 10)
            #expect(await count("start_time_before=2026-01-01T00:04:00Z&space_type=jspace&system_id=30000004") == 1)
            #expect(await count("system_id=30000999") == 0)
        }
    }

    @Test("walking the pages meets every battle once while others are being made, and ends")
    func pagination() async throws {
        try await BattlesBench.run { bench in
            try await Self.insertBattles(20, in: bench)
            let before = Set(ids(await bench.kernel.get("/battles?limit=100")))
            var walked: [String] = []
            var cursor: String?
            for page in 0..<40 {
                let answer = await bench.kernel.get("/battles?limit=3" + (cursor.map { "&cursor=\($0)" } ?? ""))
                #expect(answer.status == 200)
                #expect(ids(answer).count <= 3)
                walked += ids(answer)
                cursor = answer.json["nextCursor"].text
                #expect(answer.json["hasMore"].isTrue == (cursor != nil))
                if cursor == nil { break }
                // Newer ones, among them such that begin with the newest.
                try await Self.insertBattles(2, from: 19 + page, in: bench)
            }
            #expect(cursor == nil)
            #expect(walked.count == Set(walked).count)
            #expect(Set(walked) == before)
        }
    }

    @Test("a cursor that was altered, cut or given out for other filters is refused")
    func cursors() async throws {
        try await BattlesBench.run { bench in
            try await Self.insertBattles(9, in: bench)
            let cursor = try #require(await bench.kernel.get("/battles?limit=2&space_type=kspace").json["nextCursor"].text)
            #expect(await bench.kernel.get("/battles?limit=1&space_type=kspace&cursor=\(cursor)").status == 200)
            let altered = (cursor.first == "A" ? "B" : "A") + cursor.dropFirst()
            for bad in [
                "space_type=jspace&cursor=\(cursor)", "cursor=\(cursor)", "space_type=kspace&cursor=\(altered)",
                "space_type=kspace&cursor=\(cursor.dropLast(4))", "space_type=kspace&cursor=x", "space_type=kspace&cursor=",
            ] {
                let answer = await bench.kernel.get("/battles?\(bad)")
                #expect(answer.status == 400, "\(bad)")
                #expect(answer.json["errors"][0]["pointer"].text == "query/cursor", "\(bad)")
            }
        }
    }

    @Test("everything that is wrong with a request is told at once, as a problem")
    func wrongRequests() async throws {
        try await BattlesBench.run { bench in
            let wrong: [(String, [String])] = [
                ("limit=0", ["query/limit"]), ("limit=101", ["query/limit"]), ("limit=ten", ["query/limit"]),
                ("limit=1&limit=2", ["query/limit"]), ("nonsense=1", ["query/nonsense"]),
                ("space_type=nowhere", ["query/space_type"]),
                ("system_id=-1", ["query/system_id"]), ("system_id=99999999999999999999", ["query/system_id"]),
                ("start_time_after=yesterday", ["query/start_time_after"]),
                ("start_time_after=2026-02-01T00:00:00Z&start_time_before=2026-01-01T00:00:00Z", ["query/start_time_after"]),
                ("limit=0&system_id=x&q=1", ["query/system_id", "query/limit", "query/q"]),
            ]
            for (query, pointers) in wrong {
                let answer = await bench.kernel.get("/battles?\(query)")
                #expect(answer.status == 400, "\(query)")
                #expect(answer.header("Content-Type") == "application/problem+json")
                #expect(answer.json["error"].text == "invalid_request" && answer.json["status"].number == 400)
                #expect(answer.json["errors"].items.map { $0["pointer"].text } == pointers, "\(query)")
            }
        }
    }

    @Test("a battle tells its kills, people and names as far as they are known")
    func detail() async throws {
        try await BattlesBench.run { bench in
            try await bench.add(ClustererWorkerTests.fight(1...3))
            try await bench.kernel.execute(
                """
                UPDATE killmails.name SET name = 'Pilot One', category = 'character' WHERE id = 90001001;
                UPDATE killmails.name SET name = 'Second', category = 'alliance' WHERE id = 99000002;
                INSERT INTO killmails.item_type (type_id, name) VALUES (587, 'Rifter');
                """)
            let id = try await bench.onlyBattle().uuidString.lowercased()
            let answer = await bench.kernel.get("/battles/\(id)")
            let battle = answer.json
            #expect(answer.status == 200)
            #expect(battle["id"].text == id && battle["systemId"].text == "30002813" && battle["systemName"] == .null)
            #expect(battle["totalKills"].number == 3 && battle["totalParticipants"].number == 5)
            #expect(battle["totalIskDestroyed"].text == "30" && battle["duration"].number == 120)
            #expect(battle["startTime"].text == "1970-01-01T16:40:00Z" && battle["endTime"].text == "1970-01-01T16:42:00Z")
            #expect(battle["zkillRelatedUrl"].text == "https://zkillboard.com/related/30002813/197001011600/")
            #expect(battle["mainAlliances"].items.map { $0["participantCount"].number } == [3, 2])
            #expect(battle["mainAlliances"][1]["allianceName"].text == "Second")
            #expect(battle["killmails"].items.map { $0["killmailId"].text } == ["1", "2", "3"])
            let victim = battle["killmails"][0]["victim"]
            #expect(victim["characterName"].text == "Pilot One" && victim["shipTypeName"].text == "Rifter")
            #expect(victim["corpName"] == .null && battle["killmails"][0]["battleId"].text == id)
            let people = battle["participants"].items
            #expect(people.count == 5 && people.filter { $0["isVictim"].isTrue }.count == 3)
        }
    }

    @Test("an id that is none is refused, an unknown one is not found")
    func unknown() async throws {
        try await BattlesBench.run { bench in
            let bad = await bench.kernel.get("/battles/17")
            #expect(bad.status == 400 && bad.json["errors"][0]["pointer"].text == "path/id")
            let unknown = await bench.kernel.get("/battles/\(UUID().uuidString)")
            #expect(unknown.status == 404 && unknown.json["error"].text == "not_found")
            #expect(unknown.header("Content-Type") == "application/problem+json")
        }
    }

    @Test("the latest killmails come newest first with their battles, by kind of space")
    func recent() async throws {
        try await BattlesBench.run { bench in
            try await bench.add(
                ClustererWorkerTests.fight(1...2) + ClustererWorkerTests.fight(3...3, from: 3_000, system: 31_000_005)
                    + ClustererWorkerTests.fight(4...4, from: 2_000, system: 32_000_001))
            func ids(_ query: String) async -> [String?] {
                await bench.kernel.get("/killmails/recent\(query)").json["items"].items.map { $0["killmailId"].text }
            }
            #expect(await ids("") == ["3", "4", "2", "1"])
            #expect(await ids("?limit=2") == ["3", "4"])
            #expect(await ids("?space_type=jspace") == ["3"])
            #expect(await ids("?security_type=abyssal&security_type=wormhole") == ["3", "4"])
            #expect(await ids("?security_type=wormhole&space_type=kspace").isEmpty)
            let items = await bench.kernel.get("/killmails/recent").json["items"]
            let battle = try await bench.onlyBattle().uuidString.lowercased()
            #expect(items.items.map { $0["battleId"].text } == [nil, nil, battle, battle])
            #expect(
                items[0]["spaceType"].text == "jspace" && items[1]["spaceType"] == .null && items[2]["spaceType"].text == "kspace"
            )
            #expect(items[0]["iskValue"].text == "10" && items[0]["participantCount"].number == 3)
            for bad in ["?limit=0", "?limit=101", "?security_type=nowhere", "?tracked=1"] {
                #expect(await bench.kernel.get("/killmails/recent\(bad)").status == 400, "\(bad)")
            }
        }
    }
}
