import EVE
import Foundation
import Testing

@testable import EVESimulator

@Suite("R2Z2 without faults")
struct FeedTests {
    @Test("the whole feed can be read by number, and the ledger says the same")
    func complete() async throws {
        try await withTemporaryFile { path in
            let read = try await withSimulator(kills: 120, configure: { $0.ledger = path }) { client in
                let first = try #require(try await client.announced())
                var ids: [Int64] = []
                let decoder = KillmailDecoder(now: Date(timeIntervalSince1970: Double(evening) + 60))
                for number in first..<first + 120 {
                    let answer = try await client.number(number)
                    #expect(answer.status == 200)
                    #expect(answer.json?["sequence_id"]?.int == number)
                    let envelope = try #require(try? decoder.decodeEnvelope(answer.bytes), "\(answer.text)")
                    #expect(envelope.sequence == number)
                    ids.append(try #require(answer.json?["killmail_id"]?.int))
                }
                #expect(try await client.announced() == first + 119)
                #expect(try await client.number(first + 120).status == 404)
                return ids
            }
            let lines = try ledgerLines(path)
            #expect(lines.map { $0["killmailId"]?.int } == read)
            #expect(lines.allSatisfy { $0["expected"] == true && $0["publishedAt"]?.string?.hasSuffix("Z") == true })
            #expect(lines.contains { $0["battle"]?.string != nil })
        }
    }

    @Test("a client without a cursor is shown the first number, and the head once it has asked for it")
    func announced() async throws {
        try await withSimulator(kills: 30) { client in
            let first = client.running.simulator.firstSequence
            #expect(try await client.announced() == first)
            #expect(try await client.announced() == first)
            _ = try await client.number(first)
            #expect(try await client.announced() == first + 29)
        }
    }

    @Test("time publishes what is due: history at the start, the rest as the clock moves, never the future")
    func live() async throws {
        try await withSimulator(configure: {
            $0.speed = .times(1); $0.kills = nil
        }) { client in
            let simulator = client.running.simulator
            let backlog = simulator.counters.publishedKills
            #expect(backlog > 800)
            client.clock.advance(by: 600)
            simulator.publishDue()
            let later = simulator.counters.publishedKills
            #expect(later > backlog + 20)
            let last = try await client.number(simulator.counters.head)
            let time = try #require(last.json?["uploaded_at"]?.int)
            #expect(time <= evening + 601 && time > evening)
        }
    }

    @Test("faster time catches up with the present and stops there")
    func speed() async throws {
        try await withSimulator(configure: {
            $0.speed = .times(3600); $0.kills = nil; $0.rate = 2000
        }) { client in
            let simulator = client.running.simulator
            client.clock.advance(by: 400)
            let last = try await client.number(simulator.counters.head)
            #expect(last.status == 404)
            simulator.publishDue()
            let head = try await client.number(simulator.counters.head)
            let uploaded = try #require(head.json?["uploaded_at"]?.int)
            #expect(uploaded > evening - 7200 && uploaded <= evening + 420)
        }
    }

    @Test("files expire after a day, history keeps the kill")
    func expiry() async throws {
        try await withSimulator(kills: 20) { client in
            let first = client.running.simulator.firstSequence
            let kill = try #require(try await client.number(first).json)
            client.clock.advance(by: 90_000)
            #expect(try await client.number(first).status == 404)
            let time = try #require(kill["esi"]?["killmail_time"]?.string.flatMap(Timestamp.parse))
            let totals = try await client.get("/r2z2/history/totals.json")
            #expect(totals.json?[Timestamp.day(time)]?.int ?? 0 > 0)
            let day = try await client.get("/r2z2/history/\(Timestamp.day(time)).json")
            let id = try #require(kill["killmail_id"]?.int)
            #expect(day.json?[String(id)]?.string == kill["hash"]?.string)
            let raw = try await client.get("/r2z2/history/raw/\(Timestamp.day(time)).json")
            #expect(raw.json?[String(id)] == kill["esi"])
        }
    }

    @Test("today is not in history")
    func today() async throws {
        try await withSimulator(kills: 20) { (client: TestClient) async throws -> Void in
            #expect(try await client.get("/r2z2/history/totals.json").text == "{}")
        }
    }

    @Test("the oldest files go when too many are kept")
    func bounded() async throws {
        try await withSimulator(configure: {
            $0.speed = .times(1); $0.kills = nil; $0.keep = 100
        }) { (client: TestClient) async throws -> Void in
            let simulator = client.running.simulator
            #expect(try await client.number(simulator.firstSequence).status == 404)
            #expect(try await client.number(simulator.counters.head).status == 200)
            #expect(try await client.number(simulator.counters.head - 101).status == 404)
        }
    }

    @Test("a kill published by hand gets the next number")
    func byHand() async throws {
        try await withSimulator(kills: 5) { client in
            let simulator = client.running.simulator
            let mail = """
                {"killmail_id":77,"killmail_time":"2026-11-20T17:59:00Z","solar_system_id":31000101,
                "victim":{"ship_type_id":85001,"damage_taken":10},
                "attackers":[{"character_id":90000001,"damage_done":4},{"character_id":90000002,"damage_done":6}]}
                """
            let number = try simulator.publish(json: mail, battle: "mine")
            #expect(number == simulator.firstSequence + 5)
            let answer = try await client.number(number)
            #expect(answer.json?["killmail_id"]?.int == 77)
            #expect(answer.json?["esi"]?["attackers"]?.array?.map { $0["final_blow"] } == [false, true])
            #expect(throws: SimulatorError.self) { try simulator.publish(json: "{}") }
        }
    }

    @Test("a taken port is reported as such")
    func taken() async throws {
        try await withSimulator(kills: 2) { client in
            let port = client.running.port
            do {
                try await withSimulator(kills: 2, configure: { $0.port = port }) { _ in }
                Issue.record("two simulators on one port")
            } catch SimulatorError.addressInUse(_, let taken) {
                #expect(taken == port)
            }
        }
    }
}
