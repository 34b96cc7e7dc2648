import EVE
import Foundation
import Synchronization
import Testing

@testable import EVEClients

@Suite("The ESI client")
struct ESIClientTests {
    private static let hash = "0123456789abcdef0123456789abcdef01234567"
    private static let mail = """
        {"killmail_id":7,"killmail_time":"2026-03-31T09:23:11Z","solar_system_id":30000901,\
        "victim":{"ship_type_id":587},"attackers":[]}
        """

    private static func client(
        _ script: @escaping @Sendable (ScriptedServer.Received) -> ScriptedServer.Reply,
        _ body: @escaping @Sendable (ESIClient, ScriptedServer) async throws -> Void
    ) async throws {
        try await ScriptedServer.run(script) { server, url, client in
            try await body(ESIClient(baseURL: url, client: client, identity: try .test, time: try .hurried(url)), server)
        }
    }

    @Test("fetches a killmail with the pinned compatibility date")
    func fetches() async throws {
        try await Self.client { _ in
            .text(Self.mail)
        } _: { esi, server in
            let mail = try await esi.killmail(7, hash: Self.hash)
            #expect(mail.id == 7 && mail.hash == Self.hash)
            #expect(server.requests[0].path == "/killmails/7/\(Self.hash)")
            #expect(server.requests[0].headers["x-compatibility-date"] == "2026-08-18")
        }
    }

    @Test("asks once more when a key is refused, then believes it")
    func retriesRefusal() async throws {
        let refusals = Mutex(0)
        try await Self.client { request in
            if request.path.hasPrefix("/killmails/7/") {
                let count = refusals.withLock { count in
                    count += 1
                    return count
                }
                if count > 1 { return .text(Self.mail) }
            }
            return .text("{\"error\":\"Invalid killmail_id and/or killmail_hash\"}", status: 422)
        } _: { esi, server in
            let mail = try await esi.killmail(7, hash: Self.hash)
            #expect(mail.id == 7)
            let error = await #expect(throws: ESIError.self) { try await esi.killmail(8, hash: Self.hash) }
            #expect(error?.kind == .invalidKillmail && error?.isPermanent == true)
            #expect(server.requests.count == 4)
        }
    }

    @Test(
        "tells what may be tried again from what may not",
        arguments: [
            (400, .rejected), (404, .notFound), (403, .unavailable), (420, .limited), (429, .limited), (500, .unavailable),
            (503, .unavailable), (504, .unavailable),
        ] as [(Int, ESIError.Kind)])
    func tellsPermanence(status: Int, kind: ESIError.Kind) async throws {
        try await Self.client { _ in
            .text("{\"error\":\"x\"}", status: status, headers: ["Retry-After": "3"])
        } _: { esi, _ in
            let error = await #expect(throws: ESIError.self) { try await esi.killmail(7, hash: Self.hash) }
            #expect(error?.kind == kind)
            #expect(error?.isPermanent == (kind == .rejected || kind == .notFound))
        }
    }

    @Test("refuses an answer about another killmail, and a broken one")
    func refusesOthers() async throws {
        try await Self.client { request in
            .text(request.path.contains("/9/") ? "{" : Self.mail)
        } _: { esi, _ in
            let other = await #expect(throws: ESIError.self) { try await esi.killmail(8, hash: Self.hash) }
            #expect(other?.kind == .unreadable)
            let broken = await #expect(throws: ESIError.self) { try await esi.killmail(9, hash: Self.hash) }
            #expect(broken?.kind == .unreadable)
        }
    }

    // MARK: Names

    /// Answers like ESI: one id from `bad` spoils the request.
    private static func names(_ request: ScriptedServer.Received, bad: Set<Int64>) -> ScriptedServer.Reply {
        let ids = request.body.dropFirst().dropLast().split(separator: ",").compactMap { Int64($0) }
        guard ids.count <= 1_000, Set(ids).count == ids.count else { return .text("{\"error\":\"too many\"}", status: 400) }
        guard bad.isDisjoint(with: ids) else { return .text("{\"error\":\"Ensure all IDs are valid\"}", status: 404) }
        let names = ids.map { "{\"category\":\"character\",\"id\":\($0),\"name\":\"Pilot \($0)\"}" }
        return .text("[\(names.joined(separator: ","))]")
    }

    @Test("finds the unknown ids in a spoiled batch, and remembers them")
    func bisects() async throws {
        let bad: Set<Int64> = [90_000_123, 90_001_500]
        try await Self.client {
            Self.names($0, bad: bad)
        } _: { esi, server in
            let ids = (0..<2_500).map { Int64(90_000_000 + $0) }
            let answer = try await esi.names(ids + ids.prefix(10))
            #expect(answer.unknown == bad)
            #expect(answer.later.isEmpty)
            #expect(Set(answer.names.keys) == Set(ids).subtracting(bad))
            #expect(answer.names[90_000_007] == EntityName(category: .character, name: "Pilot 90000007"))
            let before = server.requests.count
            let again = try await esi.names(Array(bad))
            #expect(again.unknown == bad)
            #expect(server.requests.count == before)
        }
    }

    @Test("spends a bounded number of errors on a rotten set, and puts off the rest")
    func boundsErrors() async throws {
        try await Self.client { request in
            Self.names(request, bad: Set((0..<2_000).map { Int64(90_000_000 + $0) }))
        } _: { esi, server in
            let ids = (0..<2_000).map { Int64(90_000_000 + $0) }
            let answer = try await esi.names(ids)
            #expect(server.requests.count <= ESIClient.maximumErrors)
            #expect(answer.unknown.union(answer.later) == Set(ids))
            #expect(answer.retryAfter != nil)
        }
    }

    @Test("asks elsewhere for an old id that the names deny")
    func asksElsewhere() async throws {
        try await Self.client { request in
            switch request.path {
            case "/universe/names": return Self.names(request, bad: [150_000_001, 150_000_002])
            case "/corporations/150000001": return .text("{\"members\":[1],\"name\":\"Old Guard\"}")
            default: return .text("{\"error\":\"not found\"}", status: 404)
            }
        } _: { esi, _ in
            let answer = try await esi.names([150_000_001, 150_000_002, 90_000_001])
            #expect(answer.names[150_000_001] == EntityName(category: .corporation, name: "Old Guard"))
            #expect(answer.names[90_000_001]?.name == "Pilot 90000001")
            #expect(answer.unknown == [150_000_002])
        }
    }

    @Test("puts everything off while ESI is down")
    func putsOff() async throws {
        try await Self.client { _ in
            .text("{\"error\":\"maintenance\"}", status: 503)
        } _: { esi, server in
            let answer = try await esi.names((0..<1_500).map { Int64(90_000_000 + $0) } + [-1])
            #expect(answer.later.count == 1_500)
            #expect(answer.unknown == [-1])
            #expect(server.requests.count == 1)
        }
    }
}
