import Testing

@testable import EVESimulator

@Suite("Replay of a recording")
struct ReplayTests {
    static let recording = """
        {"killmail_id":12,"killmail_time":"2024-03-26T00:34:50Z","solar_system_id":31002464,"victim":{"character_id":90000005,\
        "corporation_id":98000001,"ship_type_id":12038,"damage_taken":30},\
        "attackers":[{"corporation_id":98000002,"damage_done":20},\
        {"character_id":90000007,"corporation_id":98000002,"ship_type_id":85003,"damage_done":10}],\
        "zkb":{"totalValue":130257865.25}}
        {"killmail_id":11,"killmail_time":"2024-03-26T00:34:50Z","solar_system_id":31002464,"victim":{"corporation_id":98000001,\
        "ship_type_id":12038,"damage_taken":3},"attackers":[{"faction_id":500001,"damage_done":3}],"zkb":{"totalValue":5}}

        {"killmail_id":13,"killmail_time":"2024-03-25T23:00:00Z","solar_system_id":31002464,"victim":{"character_id":90000006,\
        "ship_type_id":670,"damage_taken":3,"unheard_of":1.50},\
        "attackers":[{"character_id":90000007,"damage_done":3,"final_blow":true,\
        "security_status":-2.5}]}
        """

    private func replay<Result: Sendable>(
        _ faults: FaultPlan = .none, ledger: String? = nil, _ body: @escaping @Sendable (TestClient) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFile(Self.recording) { file in
            try await withSimulator(
                faults: faults,
                configure: {
                    $0.source = .replay(file: file, names: nil)
                    $0.ledger = ledger
                    $0.timeScale = 0.01
                }, body)
        }
    }

    @Test("publishes in the order of time and id, with the recorded times")
    func order() async throws {
        try await replay { client in
            let first = client.running.simulator.firstSequence
            var ids: [Int64?] = []
            for offset in 0..<3 { ids.append(try await client.number(first + Int64(offset)).json?["killmail_id"]?.int) }
            #expect(ids == [13, 11, 12])
            #expect(try await client.number(first + 3).status == 404)
        }
    }

    @Test("fills in what the recording lacks, and leaves the rest")
    func fills() async throws {
        try await replay { client in
            let first = client.running.simulator.firstSequence
            let pod = try #require(try await client.number(first).json)
            #expect(pod["esi"]?["victim"]?.text.contains("\"unheard_of\":1.50") == true)
            #expect(pod["esi"]?["attackers"]?.array?[0]["security_status"]?.double == -2.5)
            #expect(pod["zkb"]?["locationID"] == nil)
            let ship = try #require(try await client.number(first + 2).json)
            // The pilot has the final blow although a structure did more.
            #expect(ship["esi"]?["attackers"]?.array?.map { $0["final_blow"] } == [false, true])
            #expect(ship["esi"]?["attackers"]?.array?[1]["security_status"]?.int == 0)
            #expect(ship["esi"]?["victim"]?["items"] == [])
            #expect(ship["esi"]?["zkb"] == nil)
            #expect(ship["zkb"]?["totalValue"]?.text == "130257865.25")
            // sha1("90000005" + "90000007" + "12038" + "133558868900000000")
            #expect(ship["hash"]?.string == ReplayTests.shipHash)
        }
    }

    static let shipHash = "1cae45682939bee2b977ce75a8d42aaa4dd47413"

    @Test("names come from the ranges of ids when no file is given, from the file when one is")
    func names() async throws {
        try await replay { client in
            let answer = try await client.post("/esi/universe/names", "[90000005,98000001]")
            #expect(answer.json?.array?.map { $0["name"]?.string } == ["Character 90000005", "Corporation 98000001"])
        }
        try await withTemporaryFile(#"[{"category":"character","id":90000005,"name":"Tester One"}]"#) { names in
            try await withTemporaryFile(Self.recording) { file in
                try await withSimulator(configure: { $0.source = .replay(file: file, names: names) }) {
                    (client: TestClient) async throws -> Void in
                    #expect(try await client.post("/esi/universe/names", "[90000005]").text.contains("Tester One"))
                    #expect(try await client.post("/esi/universe/names", "[90000005,98000001]").status == 404)
                }
            }
        }
    }

    @Test("with all faults every kill of the file is expected and can be read in the end")
    func nothingLost() async throws {
        try await withTemporaryFile { path in
            var plan = try FaultPlan(parsing: "all=0.3")
            plan = try FaultPlan(
                parsing: plan.rates.keys.map { "\($0.rawValue)=0.3" }.joined(separator: ",") + ",esi-420=0,huge=0")
            let read = try await replay(plan, ledger: path) { client in
                let simulator = client.running.simulator
                var ids: Set<Int64> = []
                for number in simulator.firstSequence...simulator.counters.head {
                    for _ in 0..<12 {
                        client.clock.advance(by: 13)
                        guard let answer = try? await client.number(number), answer.status == 200, let json = answer.json else {
                            continue
                        }
                        if let id = json["killmail_id"]?.int { ids.insert(id) }
                        break
                    }
                }
                return ids
            }
            let lines = try ledgerLines(path)
            let expected = Set(lines.filter { $0["expected"] == true }.compactMap { $0["killmailId"]?.int })
            #expect(expected == [11, 12, 13])
            #expect(read.isSuperset(of: expected))
        }
    }

    @Test("a broken line is reported with its number, an absent file by its name")
    func broken() async throws {
        try await withTemporaryFile(#"{"killmail_id":1}"#) { file in
            #expect(throws: SimulatorError.self) { try Recording(file: file) }
            do { _ = try Recording(file: file) } catch { #expect("\(error)".contains("line 1: no killmail: killmail_time")) }
        }
        #expect(throws: SimulatorError.self) { try Recording(file: "/nonexistent/recording") }
    }
}
