import Testing

@testable import EVESimulator

@Suite("Static data and images")
struct StaticDataTests {
    @Test("the newest build is named, and every system of the universe is exported")
    func files() async throws {
        try await withSimulator(kills: 2) { client in
            #expect(try await client.get("/sde/latest.jsonl").json?["_key"]?.string == "sde")
            #expect(try await client.get("/sde/tranquility/latest.jsonl").status == 200)
            let systems = try await client.get("/sde/mapSolarSystems.jsonl").text.split(separator: "\n")
            #expect(systems.count == client.running.simulator.universe.systems.count)
            let first = try JSONParser.parse(systems[0].utf8)
            #expect(first["_key"]?.int == client.running.simulator.universe.systems[0].id)
            #expect(first["name"]?["en"]?.string == client.running.simulator.universe.systems[0].name)
            #expect(try await client.get("/sde/nothing.jsonl").status == 404)
        }
    }

    @Test("the archive is found through a redirect, and is not sent again to who has it")
    func archive() async throws {
        try await withSimulator(kills: 2) { client in
            let answer = try await client.get("/sde/eve-online-static-data-latest-jsonl.zip")
            #expect(answer.status == 302)
            let location = try #require(answer.headers["location"])
            let archive = try await client.get(location)
            #expect(archive.bytes.prefix(4) == [0x50, 0x4B, 3, 4])
            #expect(try await client.get(location, headers: [("If-None-Match", archive.headers["etag"] ?? "")]).status == 304)
        }
    }

    @Test("images are PNGs of the size asked for, the same for the same id")
    func images() async throws {
        try await withSimulator(kills: 2) { client in
            let one = try await client.get("/images/alliances/99500001/logo?size=128")
            #expect(one.headers["content-type"] == "image/png" && one.bytes[16..<24] == [0, 0, 0, 128, 0, 0, 0, 128])
            #expect(try await client.get("/images/alliances/99500001/logo?size=128").bytes == one.bytes)
            #expect(try await client.get("/images/characters/1/portrait?size=33").status == 400)
            #expect(try await client.get("/images/nothing/1/portrait").status == 404)
            #expect(try await client.get("/nothing").status == 404)
        }
    }
}
