import Testing

@testable import EVESimulator

@Suite("ESI")
struct ESITests {
    private func someKill(_ client: TestClient) async throws -> (id: Int64, hash: String) {
        let json = try #require(try await client.number(client.running.simulator.firstSequence).json)
        return (try #require(json["killmail_id"]?.int), try #require(json["hash"]?.string))
    }

    @Test("a killmail is cached for a month and known by its tag; a wrong hash is 422")
    func killmails() async throws {
        try await withSimulator { client in
            let (id, hash) = try await someKill(client)
            let path = "/esi/killmails/\(id)/\(hash)"
            let answer = try await client.get(path)
            #expect(answer.status == 200 && answer.headers["cache-control"] == "public, max-age=2592000")
            let tag = try #require(answer.headers["etag"])
            #expect(answer.headers["expires"]?.hasSuffix("GMT") == true)
            #expect(try await client.get(path, headers: [("If-None-Match", tag)]).status == 304)
            #expect(try await client.get("/esi/latest/killmails/\(id)/\(hash)/").status == 200)
            let wrong = try await client.get("/esi/killmails/\(id)/0000000000000000000000000000000000000000")
            #expect(wrong.status == 422 && wrong.json?["error"]?.string == "Invalid killmail_id and/or killmail_hash")
            #expect(try await client.get("/esi/killmails/abc/\(hash)").status == 400)
        }
    }

    @Test("tokens are charged 2, 1 and 5, and come back after a quarter of an hour")
    func tokens() async throws {
        try await withSimulator { client in
            let (id, hash) = try await someKill(client)
            let path = "/esi/killmails/\(id)/\(hash)"
            var answer = try await client.get(path)
            #expect(answer.headers["x-ratelimit-group"] == "killmail" && answer.headers["x-ratelimit-limit"] == "3600/15m")
            #expect(answer.headers["x-ratelimit-used"] == "2" && answer.headers["x-ratelimit-remaining"] == "3598")
            #expect(answer.headers["x-esi-error-limit-remain"] == nil)
            answer = try await client.get(path, headers: [("If-None-Match", "\"\(hash)\"")])
            #expect(answer.headers["x-ratelimit-used"] == "1")
            answer = try await client.get("/esi/killmails/\(id)/f")
            #expect(answer.headers["x-ratelimit-used"] == "5" && answer.headers["x-ratelimit-remaining"] == "3592")
            client.clock.advance(by: 901)
            #expect(try await client.get(path).headers["x-ratelimit-remaining"] == "3598")
        }
    }

    @Test("an empty bucket answers 429 with the seconds to wait, unscaled")
    func bucket() async throws {
        try await withSimulator(configure: { $0.timeScale = 0.1 }) { client in
            var last = try await client.send("/esi/meta/status")
            for _ in 0..<75 where last.status == 200 { last = try await client.send("/esi/meta/status") }
            #expect(last.status == 429 && last.headers["retry-after"] == "900")
            #expect(client.running.simulator.counters.esi.bucketExceeded == 1)
            #expect(try await client.send("/esi/status").status == 200)
            client.clock.advance(by: 90.1)
            #expect(try await client.send("/esi/meta/status").status == 200)
        }
    }

    @Test("a hundred errors in a minute close all routes until the reset")
    func errorLimit() async throws {
        try await withSimulator { client in
            for count in 1...100 {
                let answer = try await client.send("/esi/characters/5")
                #expect(answer.status == 404 && answer.headers["x-esi-error-limit-remain"] == String(100 - count))
            }
            let (id, hash) = try await someKill(client)
            let closed = try await client.send("/esi/killmails/\(id)/\(hash)")
            #expect(closed.status == 420 && closed.headers["x-esi-error-limit-remain"] == "0")
            #expect(closed.text.contains("exceeded the error limit"))
            #expect(client.running.simulator.counters.esi.errorLimitExceeded == 1)
            client.clock.advance(by: 60)
            #expect(try await client.send("/esi/killmails/\(id)/\(hash)").status == 200)
        }
    }

    @Test("names: the whole batch or nothing, no id twice, at most a thousand")
    func names() async throws {
        try await withSimulator { client in
            let universe = client.running.simulator.universe
            let ids = [
                universe.alliances[0].id, universe.characters[0].id, universe.systems[0].id, universe.catalogue.types[0].id,
            ]
            let list = ids.map(String.init).joined(separator: ",")
            let answer = try await client.post("/esi/universe/names", "[\(list)]")
            #expect(
                answer.json?.array?.map { $0["category"]?.string } == ["alliance", "character", "solar_system", "inventory_type"])
            #expect(answer.json?.array?[0]["name"]?.string == universe.alliances[0].name)
            let poisoned = try await client.post("/esi/universe/names", "[\(list),12345678901]")
            #expect(poisoned.status == 404 && poisoned.text.contains("Ensure all IDs are valid before resolving."))
            #expect(try await client.post("/esi/universe/names", "[1,1]").status == 400)
            #expect(try await client.post("/esi/universe/names", "[]").status == 400)
            let many = (1...1001).map(String.init).joined(separator: ",")
            #expect(try await client.post("/esi/universe/names", "[\(many)]").status == 400)
        }
    }

    @Test("ids of names, affiliations, and who is who")
    func people() async throws {
        try await withSimulator { client in
            let universe = client.running.simulator.universe
            let character = universe.characters[0]
            let corporation = universe.corporations[character.corporation]
            let ids = try await client.post("/esi/universe/ids", "[\"\(character.name.uppercased())\",\"nobody at all\"]")
            #expect(ids.text == "{\"characters\":[{\"id\":\(character.id),\"name\":\"\(character.name)\"}]}")
            let affiliation = try await client.post("/esi/characters/affiliation", "[\(character.id),5]")
            #expect(affiliation.json?.array?.map { $0["corporation_id"]?.int } == [corporation.id])
            #expect(try await client.get("/esi/characters/\(character.id)").json?["name"]?.string == character.name)
            #expect(try await client.get("/esi/corporations/\(corporation.id)").json?["ticker"]?.string == corporation.ticker)
            let alliance = universe.alliances[0]
            #expect(try await client.get("/esi/alliances/\(alliance.id)").json?["ticker"]?.string == alliance.ticker)
            #expect(
                try await client.get("/esi/universe/systems/\(universe.systems[0].id)").json?["name"]?.string
                    == universe.systems[0].name)
        }
    }

    @Test("the compatibility date is echoed as the newest edition before it; the future is refused, absence is the oldest")
    func compatibility() async throws {
        try await withSimulator { (client: TestClient) async throws -> Void in
            #expect(try await client.status(written: "2026-08-18").headers["x-compatibility-date"] == "2026-08-18")
            #expect(try await client.status(written: "2026-08-17").headers["x-compatibility-date"] == "2026-08-04")
            #expect(try await client.status(written: nil).headers["x-compatibility-date"] == "2020-01-01")
            #expect(try await client.status(written: "2026-11-20").status == 200)
            #expect(try await client.status(written: "2026-11-21").status == 400)
            #expect(try await client.status(written: "soon").status == 400)
        }
    }

    @Test("maintenance is 503 for as long as it is forced, and from 11:00 to 11:05 with the fault")
    func maintenance() async throws {
        try await withSimulator(faults: FaultPlan(.esiMaintenance, rate: 1)) { client in
            client.running.simulator.setMaintenance(true)
            #expect(try await client.get("/esi/status").status == 503)
            client.running.simulator.setMaintenance(nil)
            #expect(try await client.get("/esi/status").status == 200)
            client.clock.advance(by: 17 * 3600)
            let closed = try await client.get("/esi/status")
            #expect(closed.status == 503 && closed.text.contains("maintenance mode"))
            client.clock.advance(by: 330)
            #expect(try await client.get("/esi/status").status == 200)
        }
    }

    @Test("a right hash is refused once, tokens run out early, the error limit closes, ids are poison")
    func faults() async throws {
        try await withSimulator(faults: FaultPlan(.esiHash, rate: 1)) { client in
            let (id, hash) = try await someKill(client)
            #expect(try await client.get("/esi/killmails/\(id)/\(hash)").status == 422)
            #expect(try await client.get("/esi/killmails/\(id)/\(hash)").status == 200)
            client.running.simulator.setFaults(FaultPlan(.esiRateLimit, rate: 1))
            let limited = try await client.get("/esi/killmails/\(id)/\(hash)")
            #expect(limited.status == 429 && limited.headers["retry-after"] == "5")
            let names = "[\(client.running.simulator.universe.characters[0].id)]"
            client.running.simulator.setFaults(FaultPlan(.namesPoison, rate: 1))
            #expect(try await client.post("/esi/universe/names", names).status == 404)
            #expect(try await client.post("/esi/universe/names", "[85001]").status == 200)
            client.running.simulator.setFaults(FaultPlan(.esiErrorLimit, rate: 1))
            #expect(try await client.get("/esi/status").status == 420)
            client.running.simulator.setFaults(.none)
            let closed = try await client.get("/esi/killmails/\(id)/\(hash)")
            #expect(closed.status == 420 && closed.headers["x-esi-error-limit-reset"] == "20")
            client.clock.advance(by: 21)
            #expect(try await client.get("/esi/status").status == 200)
        }
    }
}

extension TestClient {
    fileprivate func status(written date: String?) async throws -> Answer {
        try await get("/esi/status", headers: date.map { [("X-Compatibility-Date", $0)] } ?? [])
    }
}
