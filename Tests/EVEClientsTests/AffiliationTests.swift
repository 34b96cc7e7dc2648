import EVE
import Foundation
import Testing

@testable import EVEClients

@Suite("Affiliations from ESI")
struct AffiliationTests {
    private static func client(
        _ script: @escaping @Sendable (ScriptedServer.Received) -> ScriptedServer.Reply,
        _ body: @escaping @Sendable (ESIClient, ScriptedServer) async throws -> Void
    ) async throws {
        try await ScriptedServer.run(script) { server, url, client in
            try await body(ESIClient(baseURL: url, client: client, identity: try .test, time: try .hurried(url)), server)
        }
    }

    private static func ids(_ request: ScriptedServer.Received) -> [Int64] {
        request.body.dropFirst().dropLast().split(separator: ",").compactMap { Int64($0) }
    }

    /// Answers in reverse order, as nothing was promised about it. An id from `bad` spoils the request.
    private static func bulk(
        _ request: ScriptedServer.Received, bad: Set<Int64> = [], leftOut: Set<Int64> = [], status: Int = 404
    ) -> ScriptedServer.Reply {
        let ids = ids(request)
        guard (1...1_000).contains(ids.count), Set(ids).count == ids.count else {
            return .text("{\"error\":\"size\"}", status: 400)
        }
        guard bad.isDisjoint(with: ids) else { return .text("{\"error\":\"Invalid character ID!\"}", status: status) }
        let entries = ids.filter { !leftOut.contains($0) }.reversed().map { id in
            let alliance = id % 2 == 0 ? ",\"alliance_id\":99000001" : ""
            return "{\"corporation_id\":\(98_000_000 + id % 100),\"character_id\":\(id)\(alliance)}"
        }
        return .text("[\(entries.joined(separator: ","))]")
    }

    private static func characters(_ count: Int) -> [CharacterID] { (0..<count).map { CharacterID(90_000_000 + Int64($0)) } }

    @Test("are matched by id, a thousand a request, each once; who is left out is unknown")
    func matches() async throws {
        try await Self.client { request in
            Self.bulk(request, leftOut: [90_000_003])
        } _: { esi, server in
            let characters = Self.characters(2_300)
            let answer = try await esi.affiliations(of: characters + characters.prefix(9) + [0, -4])
            #expect(answer.unknown == [90_000_003, 0, -4])
            #expect(answer.later.isEmpty && answer.retryAfter == nil)
            #expect(Set(answer.affiliations.keys) == Set(characters).subtracting([90_000_003]))
            #expect(answer.affiliations[90_000_002] == CharacterAffiliation(corporationID: 98_000_002, allianceID: 99_000_001))
            #expect(answer.affiliations[90_000_007] == CharacterAffiliation(corporationID: 98_000_007))
            #expect(server.requests.map { Self.ids($0).count } == [1_000, 1_000, 300])
            #expect(server.requests.allSatisfy { $0.method == "POST" && $0.path == "/characters/affiliation" })
            #expect(server.requests[0].headers["x-compatibility-date"] == "2026-08-18")
            #expect(try await esi.affiliations(of: []) == AffiliationAnswer())
            #expect(server.requests.count == 3)
        }
    }

    @Test("are read leniently: nulls and unknown members, not broken entries")
    func readsLeniently() async throws {
        try await Self.client { _ in
            .text(
                """
                [{"alliance_id":null,"character_id":1,"corporation_id":2,"faction_id":500001,"more":[{}]},
                 {"character_id":3,"corporation_id":null},{"corporation_id":4},{"character_id":5,"corporation_id":0},
                 {"character_id":77,"corporation_id":78}]
                """)
        } _: { esi, _ in
            let answer = try await esi.affiliations(of: [1, 3, 5])
            #expect(answer.affiliations == [1: CharacterAffiliation(corporationID: 2, factionID: 500_001)])
            #expect(answer.unknown == [3, 5])
        }
    }

    @Test("of the others are found although one id spoils its batch, whatever the status", arguments: [400, 404, 422])
    func survivesBadIDs(status: Int) async throws {
        try await Self.client { request in
            switch request.path {
            case "/characters/affiliation": Self.bulk(request, bad: [90_000_100, 90_000_777], status: status)
            case "/characters/90000777": .text("{\"name\":\"N\",\"corporation_id\":7,\"alliance_id\":8,\"faction_id\":500002}")
            default: .text("{\"error\":\"Character not found\"}", status: 404)
            }
        } _: { esi, server in
            let characters = Self.characters(1_000)
            let answer = try await esi.affiliations(of: characters)
            #expect(answer.affiliations.count == 999)
            #expect(answer.unknown == [90_000_100] && answer.later.isEmpty)
            #expect(answer.affiliations[90_000_777] == CharacterAffiliation(corporationID: 7, allianceID: 8, factionID: 500_002))
            // The unknown one spoils nothing for a while, but whoever asks for it alone gets a fresh answer.
            let before = server.requests.count
            let again = try await esi.affiliations(of: [90_000_100, 90_000_101])
            #expect(again.unknown == [90_000_100] && again.affiliations.count == 1)
            #expect(server.requests.count == before + 1)
            #expect(try await esi.affiliations(of: [90_000_100]).unknown == [90_000_100])
            #expect(server.requests.count == before + 3)
        }
    }

    @Test("cost a bounded number of errors")
    func boundsErrors() async throws {
        try await Self.client { request in
            .text("{\"error\":\"no\"}", status: request.method == "POST" ? 400 : 404)
        } _: { esi, server in
            let characters = Self.characters(1_500)
            let answer = try await esi.affiliations(of: characters)
            #expect(server.requests.count <= ESIClient.maximumErrors + 1)
            #expect(answer.affiliations.isEmpty && answer.retryAfter != nil)
            #expect(answer.unknown.union(answer.later) == Set(characters) && answer.later.count > 1_400)
        }
    }

    @Test(
        "are put off while ESI is down, limits us or answers with a page",
        arguments: [(503, ""), (420, ""), (403, ""), (200, "<html>"), (200, "{}"), (200, "[{}")])
    func putsOff(status: Int, body: String) async throws {
        try await Self.client { _ in
            .text(body, status: status)
        } _: { esi, server in
            let characters = Self.characters(1_200)
            let answer = try await esi.affiliations(of: characters)
            #expect(answer.later == Set(characters) && answer.unknown.isEmpty && answer.affiliations.isEmpty)
            #expect(server.requests.count == 1)
        }
    }
}
