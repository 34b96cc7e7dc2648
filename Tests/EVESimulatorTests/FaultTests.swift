import EVE
import Foundation
import Testing

@testable import EVESimulator

@Suite("The faults of R2Z2, each seen over HTTP")
struct FaultTests {
    /// What each of the first numbers answers when asked `times` times.
    private func statuses(_ plan: FaultPlan, numbers: Int = 6, times: Int) async throws -> [[Int]] {
        try await withSimulator(kills: 30, faults: plan) { client in
            var result: [[Int]] = []
            for offset in 0..<numbers {
                var row: [Int] = []
                for _ in 0..<times {
                    row.append(try await client.number(client.running.simulator.firstSequence + Int64(offset)).status)
                }
                result.append(row)
            }
            return result
        }
    }

    @Test("stale 404s heal after one or two")
    func stale404() async throws {
        for row in try await statuses(FaultPlan(.stale404, rate: 1), times: 3) {
            #expect(row == [404, 200, 200] || row == [404, 404, 200])
        }
    }

    @Test("server errors heal after one to three")
    func serverErrors() async throws {
        for row in try await statuses(FaultPlan(.serverError, rate: 1), times: 4) {
            #expect((500...504).contains(row[0]) && row[3] == 200)
        }
    }

    @Test("429 comes with and without Retry-After, and heals")
    func rateLimit() async throws {
        try await withSimulator(kills: 30, faults: FaultPlan(.rateLimit, rate: 1)) { client in
            var retries: [String?] = []
            for offset in 0..<20 {
                let number = client.running.simulator.firstSequence + Int64(offset)
                let answer = try await client.number(number)
                #expect(answer.status == 429)
                retries.append(answer.headers["retry-after"])
                #expect(try await client.number(number).status == 200)
            }
            #expect(retries.contains(nil))
            #expect(retries.contains { $0.flatMap { Int($0) } ?? 0 >= 5 })
        }
    }

    @Test("a 200 with HTML comes first")
    func html() async throws {
        try await withSimulator(faults: FaultPlan(.html, rate: 1)) { client in
            let first = client.running.simulator.firstSequence
            let page = try await client.number(first)
            #expect(page.status == 200 && page.text.hasPrefix("<"))
            #expect(try await client.number(first).json != nil)
        }
    }

    @Test("a dropped connection breaks the body off; the next attempt has it whole")
    func drop() async throws {
        try await withSimulator(faults: FaultPlan(.drop, rate: 1)) { (client: TestClient) async throws -> Void in
            let first = client.running.simulator.firstSequence
            await #expect(throws: (any Error).self) { try await client.number(first) }
            #expect(try await client.number(first).json?["sequence_id"]?.int == first)
        }
    }

    @Test("a slow body takes its time and is whole")
    func slow() async throws {
        try await withSimulator(faults: FaultPlan(.slow, rate: 1), configure: { $0.timeScale = 0.02 }) {
            (client: TestClient) async throws -> Void in
            let first = client.running.simulator.firstSequence
            let start = ContinuousClock.now
            #expect(try await client.number(first).json?["sequence_id"]?.int == first)
            #expect(ContinuousClock.now - start >= .milliseconds(95))
        }
    }

    @Test("n+1 can be read before n, and n within twelve seconds")
    func reorder() async throws {
        try await withSimulator(faults: FaultPlan(.reorder, rate: 0.3)) { client in
            let first = client.running.simulator.firstSequence
            var rows: [Int] = []
            for offset in 0..<15 {
                rows.append(try await client.send("/r2z2/ephemeral/\(first + Int64(offset)).json").status)
                client.running.simulator.forgive()
            }
            #expect(rows.contains(404) && rows.contains(200))
            #expect(rows.drop { $0 == 200 }.contains(200))
            client.clock.advance(by: 12)
            for offset in 0..<15 { #expect(try await client.number(first + Int64(offset)).status == 200) }
        }
    }

    @Test("holes consume numbers, not kills")
    func holes() async throws {
        try await withTemporaryFile { path in
            try await withSimulator(kills: 40, faults: FaultPlan(.hole, rate: 0.2), configure: { $0.ledger = path }) { client in
                let holes = try ledgerLines(path).filter { $0["kind"]?.string == "hole" }
                #expect(!holes.isEmpty)
                for hole in holes {
                    #expect(hole["killmailId"] == .null && hole["expected"] == false)
                    #expect(try await client.number(try #require(hole["sequence"]?.int)).status == 404)
                }
                #expect(client.running.simulator.counters.publishedKills == 40)
                #expect(
                    client.running.simulator.counters.head == client.running.simulator.firstSequence + 39 + Int64(holes.count))
            }
        }
    }

    @Test("placeholders have null ids")
    func placeholders() async throws {
        try await withSimulator(faults: FaultPlan(.nullPlaceholder, rate: 1)) { client in
            let answer = try await client.number(client.running.simulator.firstSequence)
            #expect(answer.status == 200 && answer.json?["killmail_id"] == .null)
            #expect(answer.json?["zkb"]?["href"]?.string?.hasSuffix("///") == true)
        }
    }

    @Test("a duplicate is the same kill under the next number")
    func duplicates() async throws {
        try await withSimulator(faults: FaultPlan(.duplicate, rate: 1)) { client in
            let first = client.running.simulator.firstSequence
            let one = try await client.number(first).json
            let two = try await client.number(first + 1).json
            #expect(one?["killmail_id"] == two?["killmail_id"] && one?["sequence_id"] != two?["sequence_id"])
        }
    }

    @Test("a rewritten file is named by a later one, is stale once, and then has the new label")
    func rewrites() async throws {
        try await withSimulator(kills: 60, faults: FaultPlan(.rewrite, rate: 0.2)) { client in
            let first = client.running.simulator.firstSequence
            var updated: Int64?
            for offset in 0..<60 where updated == nil {
                updated = try await client.number(first + Int64(offset)).json?["sequence_updated"]?.int
            }
            let number = try #require(updated)
            _ = try await client.number(number)
            let labels = try await client.number(number).json?["zkb"]?["labels"]?.array
            #expect(labels?.contains("ganked") == true)
        }
    }

    @Test("zkb may have nulls or lack what is new")
    func missingFields() async throws {
        try await withSimulator(faults: FaultPlan(.missingFields, rate: 1)) { client in
            var kinds: Set<String> = []
            for offset in 0..<12 {
                let zkb = try await client.number(client.running.simulator.firstSequence + Int64(offset)).json?["zkb"]
                kinds.insert(zkb?["npc"] == .null ? "null" : zkb?["npc"] == nil ? "absent" : "there")
                #expect(zkb?["totalValue"] != nil)
            }
            #expect(kinds == ["null", "absent"])
        }
    }

    @Test("a reference has no killmail, ESI has it")
    func references() async throws {
        try await withSimulator(faults: FaultPlan(.reference, rate: 1)) { client in
            let json = try #require(try await client.number(client.running.simulator.firstSequence).json)
            #expect(json["esi"] == .null)
            let id = try #require(json["killmail_id"]?.int)
            let hash = try #require(json["hash"]?.string)
            let mail = try await client.get("/esi/killmails/\(id)/\(hash)/")
            #expect(mail.status == 200 && mail.json?["killmail_id"]?.int == id)
        }
    }

    @Test("the huge killmail has 3,753 attackers and can be decoded")
    func huge() async throws {
        try await withSimulator(kills: 30, faults: FaultPlan(.huge, rate: 0.0001)) { client in
            let answer = try await client.number(client.running.simulator.firstSequence + 20)
            #expect(answer.bytes.count > 600_000)
            let kill = try KillmailDecoder(now: Date(timeIntervalSince1970: Double(evening))).decode(answer.bytes)
            #expect(kill.attackers.count == 3753)
        }
    }

    @Test("lies have ids of their own, and the strict decoder accepts none of them")
    func lies() async throws {
        try await withTemporaryFile { path in
            try await withSimulator(kills: 20, faults: FaultPlan(.lies, rate: 1), configure: { $0.ledger = path }) { client in
                let lines = try ledgerLines(path)
                let lies = lines.filter { $0["lie"] == true }
                #expect(lies.count == 20 && lies.allSatisfy { $0["expected"] == false })
                let truths = Set(lines.filter { $0["expected"] == true }.compactMap { $0["killmailId"]?.int })
                #expect(truths.isDisjoint(with: lies.compactMap { $0["killmailId"]?.int }))
                let decoder = KillmailDecoder(now: Date(timeIntervalSince1970: Double(evening)))
                for lie in lies.prefix(Lie.allCases.count) {
                    let answer = try await client.number(try #require(lie["sequence"]?.int))
                    #expect(answer.status == 200)
                    #expect(throws: KillmailDecodingError.self) { try decoder.decode(answer.bytes) }
                }
            }
        }
    }

    @Test("late kills of a recording come behind newer ones")
    func late() async throws {
        let lines = (0..<40).map { index in
            "{\"killmail_id\":\(index + 1),\"killmail_time\":\"2024-03-26T0\(index / 10):\(10 + index % 10):00Z\","
                + "\"solar_system_id\":31000101,"
                + "\"victim\":{\"ship_type_id\":85001,\"damage_taken\":1},\"attackers\":[{\"damage_done\":1}]}"
        }
        try await withTemporaryFile(lines.joined(separator: "\n")) { file in
            try await withTemporaryFile { path in
                try await withSimulator(
                    faults: FaultPlan(.late, rate: 0.3),
                    configure: {
                        $0.source = .replay(file: file, names: nil); $0.ledger = path
                    }
                ) { _ in
                    let ids = try ledgerLines(path).compactMap { $0["killmailId"]?.int }
                    #expect(ids.sorted() == Array(1...40))
                    #expect(ids != ids.sorted())
                }
            }
        }
    }

    @Test("sequence.json lags by at most 51")
    func lag() async throws {
        try await withSimulator(kills: 150, faults: FaultPlan(.lag, rate: 1)) { client in
            let first = client.running.simulator.firstSequence
            _ = try await client.number(first)
            let announced = try #require(try await client.announced())
            #expect(announced < first + 149 && announced >= first + 149 - 51)
        }
    }

    @Test("an expired number is announced first, then the first readable one")
    func expired() async throws {
        try await withTemporaryFile { path in
            try await withSimulator(kills: 10, faults: FaultPlan(.expired, rate: 1), configure: { $0.ledger = path }) { client in
                let first = client.running.simulator.firstSequence
                #expect(try await client.announced() == first - 40)
                #expect(try await client.number(first - 40).status == 404)
                #expect(try await client.announced() == first)
                let buried = try ledgerLines(path).filter { $0["kind"]?.string == "expired" }
                #expect(buried.count == 40 && buried.allSatisfy { $0["expected"] == false })
                let totals = try await client.get("/r2z2/history/totals.json").json
                guard case .object(let days)? = totals else { Issue.record("no days"); return }
                #expect(days.compactMap(\.value.int).reduce(0, +) == 40)
            }
        }
    }

    @Test("bodies are gzipped for who accepts it")
    func gzip() async throws {
        try await withSimulator(faults: FaultPlan(.gzip, rate: 1)) { client in
            let number = client.running.simulator.firstSequence
            let packed = try await client.number(number, headers: [("Accept-Encoding", "gzip")])
            #expect(packed.headers["content-encoding"] == "gzip" && packed.bytes.prefix(2) == [0x1F, 0x8B])
            #expect(try await client.number(number).json?["sequence_id"]?.int == number)
        }
    }

    @Test("the same seed hits the same numbers")
    func deterministic() async throws {
        let plan = FaultPlan(.serverError, rate: 0.3)
        let one = try await statuses(plan, numbers: 20, times: 1)
        #expect(one == (try await statuses(plan, numbers: 20, times: 1)))
        #expect(Set(one.map { $0[0] == 200 }).count == 2)
    }

    @Test("the manual lists every fault with its share and what happens")
    func manual() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let manual = try String(contentsOf: root.appending(path: "docs/simulator.md"), encoding: .utf8)
        for fault in Fault.allCases {
            let share = fault.defaultRate.formatted(.number.precision(.significantDigits(1...3)))
            #expect(manual.contains("| `\(fault.rawValue)` | \(share) | \(fault.summary) |"), "\(fault.rawValue)")
        }
    }

    @Test("a list of faults is read, with rates and exceptions; an unknown name is told what there is")
    func parsing() throws {
        #expect(try FaultPlan(parsing: "all").rates.count == Fault.allCases.count)
        #expect(try FaultPlan(parsing: "none") == .none)
        #expect(try FaultPlan(parsing: "reorder, hole=0.2").rates == [.reorder: Fault.reorder.defaultRate, .hole: 0.2])
        #expect(try !FaultPlan(parsing: "all,huge=0").isOn(.huge))
        #expect(throws: SimulatorError.self) { try FaultPlan(parsing: "holes") }
        #expect(throws: SimulatorError.self) { try FaultPlan(parsing: "hole=2") }
    }
}
