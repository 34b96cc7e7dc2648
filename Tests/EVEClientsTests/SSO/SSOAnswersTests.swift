import AsyncHTTPClient
import EVE
import Foundation
import Testing

@testable import EVEClients

@Suite("Bad answers of the single sign-on")
struct SSOAnswersTests {
    private static let verifier = String(repeating: "v", count: 43)

    @Test(
        "tell a dead grant from everything else",
        arguments: [
            (400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid refresh token.\"}", .invalidGrant),
            (400, "{\"error\":\"invalid_token\"}", .invalidGrant),
            (400, "{\"error\":\"invalid_request\",\"error_description\":\"Token missing\"}", .invalidGrant),
            (400, "{\"error\":\"The refresh token is expired.\"}", .invalidGrant),
            (400, "{\"error\":\"invalid_request\",\"error_description\":\"Authorization code expired\"}", .invalidGrant),
            (400, "{\"message\":\"Token missing/expired\"}", .invalidGrant),
            (400, "{\"error\":\"invalid_request\",\"error_description\":\"Missing parameter\"}", .refused),
            (400, "{\"error\":\"invalid_client\",\"error_description\":\"The secret has expired\"}", .refused),
            (400, "{\"error\":\"unauthorized_client\"}", .refused), (400, "{\"error\":\"unsupported_grant_type\"}", .refused),
            (400, "{\"error\":\"invalid_scope\"}", .refused), (401, "{\"error\":\"invalid_client\"}", .refused),
            (403, "{\"error\":\"access_denied\"}", .refused), (401, "{\"error\":\"invalid_grant\"}", .unavailable),
            (500, "{\"error\":\"invalid_grant\"}", .unavailable), (200, "{\"error\":\"invalid_grant\"}", .unavailable),
            (400, "<html>Your session has expired</html>", .unavailable), (400, "", .unavailable),
            (400, "{\"error\":\"temporarily_unavailable\"}", .unavailable), (400, "[\"invalid_grant\"]", .unavailable),
            (400, "{\"error\":[\"invalid_grant\"]}", .unavailable), (403, "<html>challenge</html>", .unavailable),
            (404, "{\"error\":\"not_found\"}", .unavailable), (408, "", .unavailable),
            (429, "{\"error\":\"slow\"}", .unavailable),
            (503, "{\"error\":\"maintenance\"}", .unavailable), (200, "<html>ok</html>", .unavailable), (200, "", .unavailable),
            (200, "{\"access_token\":\"a.b.c\"", .unavailable), (200, "{\"access_token\":null}", .unavailable),
            (200, "{\"access_token\":\"a.b.c\",\"token_type\":\"mac\"}", .unavailable),
            (200, "{\"access_token\":\"a.b.c\",\"access_token\":\"d.e.f\"}", .unavailable),
            (200, "{\"access_token\":\"a.b.c\"}", .rejectedToken(.malformed)), (204, "", .unavailable), (301, "", .unavailable),
        ] as [(Int, String, SSOError.Kind)])
    func tellsDeath(status: Int, body: String, kind: SSOError.Kind) async throws {
        try await Self.run { sso, client in
            sso[FakeSSO.token] = .text(body, status: status, headers: ["Content-Type": "text/html"])
            let refresh = await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r")) }
            #expect(refresh?.kind == kind)
            let exchange = await #expect(throws: SSOError.self) { try await client.exchange(code: "c", verifier: Self.verifier) }
            #expect(exchange?.kind == kind)
            #expect(exchange?.isPermanent == (kind != .unavailable))
        }
    }

    @Test("are not repeated in errors, and neither is what was asked")
    func keepsSecrets() async throws {
        let words = ["code-of-mine", "r-of-mine", "s-of-mine", "a-of-theirs", "r-of-theirs", "pilot@example.com"]
        try await Self.run(secret: "s-of-mine") { sso, client in
            let replies: [ScriptedServer.Reply] = [
                .text("{\"error\":\"invalid_grant\",\"error_description\":\"r-of-mine of pilot@example.com\"}", status: 400),
                .text("{\"error\":\"a-of-theirs\",\"error_description\":\"code-of-mine expired\"}", status: 400),
                .text("{\"error\":\"invalid_client\",\"error_description\":\"s-of-mine\"}", status: 401),
                .text("r-of-mine code-of-mine", status: 502), .tokens("a-of-theirs", refresh: "r-of-theirs"),
                .text("{\"access_token\":[\"a-of-theirs\"],\"refresh_token\":\"r-of-theirs\"}"),
            ]
            for reply in replies {
                sso[FakeSSO.token] = reply
                let errors = [
                    await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r-of-mine")) },
                    await #expect(throws: SSOError.self) {
                        try await client.exchange(code: "code-of-mine", verifier: Self.verifier)
                    },
                ]
                for error in errors.compactMap({ $0 }) {
                    var dumped = "\(error) \(String(reflecting: error)) \(error.localizedDescription)"
                    dump(error, to: &dumped)
                    for word in words { #expect(!dumped.contains(word)) }
                }
            }
            var dumped = ""
            dump(client, to: &dumped)
            dump(
                TokenGrant(character: Self.character, accessToken: .init("a-of-theirs"), refreshToken: .init("r-of-theirs")),
                to: &dumped)
            for word in words { #expect(!dumped.contains(word)) }
        }
    }

    private static let character = VerifiedCharacter(id: 1, name: "A", ownerHash: "h", expiresAt: Date())

    @Test("that are too large are given up")
    func boundsBodies() async throws {
        try await Self.run { sso, client in
            sso[FakeSSO.token] = .tokens(String(repeating: "a", count: 70_000))
            let large = await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r")) }
            #expect(large?.kind == .unavailable)
            #expect(sso.requests(FakeSSO.token).count == 1)
            sso[FakeSSO.token] = .tokens(String(repeating: "a", count: 17_000))
            let huge = await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r")) }
            #expect(huge?.kind == .rejectedToken(.tooLarge))
        }
    }

    @Test(
        "that never come, or never end, are waited for as long as the settings say, and codes are not said again",
        arguments: [nil, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":"])
    func timesOut(stalling: String?) async throws {
        let keys = SigningTestKey.set(try SigningTestKey.rsa())
        try await StallingServer.run { request in
            guard request.hasPrefix("GET \(FakeSSO.keys) ") else { return stalling }
            return "HTTP/1.1 200 OK\r\nContent-Length: \(keys.utf8.count)\r\n\r\n\(keys)"
        } _: { server, url, http in
            let settings = try SSOSettings(
                baseURL: url + "/sso", clientID: "id", callbackURL: "http://a/", timeout: .seconds(8))
            let client = SSOClient(settings: settings, client: http, identity: try .test, time: try OutsideTime(baseURLs: [url]))
            let exchange = await #expect(throws: SSOError.self) { try await client.exchange(code: "c", verifier: Self.verifier) }
            #expect(exchange?.kind == .unavailable)
            let refresh = await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r")) }
            #expect(refresh?.kind == .unavailable)
            #expect(server.requests.filter { $0.hasPrefix("POST ") }.count == 2)
        }
    }

    @Test("that point elsewhere are not followed with what was said", arguments: [301, 302, 303, 307, 308])
    func followsNobody(status: Int) async throws {
        try await ScriptedServer.run { _ in
            .text("{\"keys\":[]}")
        } _: { elsewhere, otherURL, _ in
            try await Self.run(secret: "s") { sso, client in
                sso[FakeSSO.token] = .text("", status: status, headers: ["Location": "\(otherURL)/token"])
                sso[FakeSSO.revoke] = sso[FakeSSO.token]
                let exchange = await #expect(throws: SSOError.self) {
                    try await client.exchange(code: "c", verifier: Self.verifier)
                }
                #expect(exchange?.kind == .unavailable)
                await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r")) }
                await #expect(throws: SSOError.self) { try await client.revoke(SecretText("r")) }
            }
            #expect(elsewhere.requests.allSatisfy { $0.body.isEmpty && $0.headers["authorization"] == nil })
        }
    }

    private static func run(
        secret: String? = nil, _ body: @escaping @Sendable (FakeSSO, SSOClient) async throws -> Void
    ) async throws {
        let key = try SigningTestKey.rsa()
        try await FakeSSO.run(secret: secret) { sso, client in
            sso[FakeSSO.keys] = .text(SigningTestKey.set(key))
            try await body(sso, client)
        }
    }
}
