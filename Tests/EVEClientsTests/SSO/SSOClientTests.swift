import EVE
import Foundation
import Testing

@testable import EVEClients

@Suite("The single sign-on's client")
struct SSOClientTests {
    private static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    /// A service that publishes its key, and a token of it.
    private static func run(
        secret: String? = nil, _ body: @escaping @Sendable (FakeSSO, SSOClient, _ token: String) async throws -> Void
    ) async throws {
        let key = try SigningTestKey.rsa()
        try await FakeSSO.run(secret: secret) { sso, client in
            sso[FakeSSO.keys] = .text(SigningTestKey.set(key))
            try await body(sso, client, try key.token())
        }
    }

    // MARK: The way to the service

    @Test("sends the browser to where it chooses a character")
    func authorizes() async throws {
        let settings = try SSOSettings(clientID: "abc", callbackURL: "https://example.com/auth/callback?a=b")
        let withScopes = try SSOSettings(
            baseURL: "http://eve-simulator:8090/sso/", browserURL: "http://127.0.0.1:8090/sso", clientID: "a&b",
            callbackURL: "https://example.com/", scopes: ["esi-a.v1", "esi-b.v1"])
        try await ScriptedServer.run { _ in
            .text("")
        } _: { _, _, http in
            let time = try OutsideTime(baseURLs: [])
            let plain = SSOClient(settings: settings, client: http, identity: try .test, time: time)
            #expect(
                plain.authorizationURL(state: "s t+/&", codeChallenge: "c-_")
                    == "https://login.eveonline.com/v2/oauth/authorize?response_type=code&client_id=abc"
                    + "&redirect_uri=https%3A%2F%2Fexample.com%2Fauth%2Fcallback%3Fa%3Db&state=s%20t%2B%2F%26"
                    + "&code_challenge=c-_&code_challenge_method=S256")
            let scoped = SSOClient(settings: withScopes, client: http, identity: try .test, time: time)
            #expect(
                scoped.authorizationURL(state: "s", codeChallenge: "c")
                    == "http://127.0.0.1:8090/sso/v2/oauth/authorize?response_type=code&client_id=a%26b"
                    + "&redirect_uri=https%3A%2F%2Fexample.com%2F&state=s&code_challenge=c&code_challenge_method=S256"
                    + "&scope=esi-a.v1%20esi-b.v1")
            #expect(withScopes.baseURL == "http://eve-simulator:8090/sso")
        }
    }

    @Test(
        "accepts no settings that would send secrets in clear, or that cannot work",
        arguments: [
            ("http://login.eveonline.com", "id", "s", "http://a/"), ("http://10.0.0.1/sso", "id", "s", "http://a/"),
            ("ftp://login.eveonline.com", "id", "s", "http://a/"), ("login.eveonline.com", "id", "s", "http://a/"),
            ("https://user:pass@login.eveonline.com", "id", "s", "http://a/"), ("https://a.example/?x=1", "id", "s", "http://a/"),
            ("https://a.example", "", "s", "http://a/"), ("https://a.example", "i:d", "s", "http://a/"),
            ("https://a.example", "i d", "s", "http://a/"), ("https://a.example", "id", "", "http://a/"),
            ("https://a.example", "id", "s\r\nX: y", "http://a/"), ("https://a.example", "id", "s", "/auth/callback"),
            ("https://a.example", "id", "s", "http://a/#x"), ("https://a.example", "id", "s", "javascript:alert(1)"),
        ])
    func refusesSettings(url: String, id: String, secret: String, callback: String) throws {
        let error = #expect(throws: SSOSettingsError.self) {
            try SSOSettings(baseURL: url, clientID: id, clientSecret: SecretText(secret), callbackURL: callback)
        }
        #expect(error?.description.contains("pass") == false)
        #expect(throws: SSOSettingsError.scope("a b")) {
            try SSOSettings(clientID: "id", callbackURL: "http://a/", scopes: ["a b"])
        }
        #expect(throws: Never.self) {
            try SSOSettings(baseURL: "http://127.0.0.1:8090/sso", clientID: "i", callbackURL: "http://a/")
        }
    }

    // MARK: Codes

    @Test("trades a code for a character, as a public and as a confidential client", arguments: [nil, "s3cr3t/+="])
    func exchanges(secret: String?) async throws {
        try await Self.run(secret: secret) { sso, client, token in
            sso[FakeSSO.token] = .tokens(token)
            let grant = try await client.exchange(code: "c&d=e f", verifier: Self.verifier)
            #expect(grant.character.id == 2_117_712_894 && grant.accessToken.revealed == token && grant.refreshToken == nil)
            let request = sso.requests(FakeSSO.token)[0]
            #expect(request.method == "POST")
            #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
            #expect(request.headers["user-agent"] == "BattleScope/1.2.3 (tests@example.com)")
            var expected = ["grant_type": "authorization_code", "code": "c&d=e f", "code_verifier": Self.verifier]
            if let secret {
                let credentials = Data("\(TestClaims.clientID):\(secret)".utf8).base64EncodedString()
                #expect(request.headers["authorization"] == "Basic \(credentials)")
            } else {
                #expect(request.headers["authorization"] == nil)
                expected["client_id"] = TestClaims.clientID
            }
            #expect(try sso.form(FakeSSO.token) == expected)
        }
    }

    @Test("says a code once, whatever comes back", arguments: [200, 307, 400, 403, 408, 429, 500, 502, 503, 504])
    func saysCodesOnce(status: Int) async throws {
        try await Self.run { sso, client, _ in
            sso[FakeSSO.token] = .text("<html>busy</html>", status: status, headers: ["Location": "/sso/v2/oauth/token"])
            let error = await #expect(throws: SSOError.self) { try await client.exchange(code: "c", verifier: Self.verifier) }
            #expect(error?.kind == .unavailable)
            #expect(sso.requests(FakeSSO.token).count == 1)
        }
    }

    @Test("keeps a code while there are no keys to verify with")
    func keepsCodes() async throws {
        try await Self.run(secret: "s") { sso, client, token in
            sso[FakeSSO.keys] = .text("", status: 503)
            sso[FakeSSO.token] = .tokens(token, refresh: "r2")
            let error = await #expect(throws: SSOError.self) { try await client.exchange(code: "c", verifier: Self.verifier) }
            #expect(error?.kind == .unavailable)
            await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r1")) }
            #expect(sso.requests(FakeSSO.token).isEmpty)
        }
    }

    @Test("does not even ask with what cannot be a code or a verifier")
    func refusesNonsense() async throws {
        try await Self.run { sso, client, _ in
            for code in ["", String(repeating: "c", count: 4_097)] {
                let error = await #expect(throws: SSOError.self) {
                    try await client.exchange(code: code, verifier: Self.verifier)
                }
                #expect(error?.kind == .invalidGrant)
            }
            for verifier in ["", "short", String(repeating: "v", count: 129), String(repeating: "+", count: 43)] {
                let error = await #expect(throws: SSOError.self) { try await client.exchange(code: "c", verifier: verifier) }
                #expect(error?.kind == .refused)
            }
            let error = await #expect(throws: SSOError.self) { try await client.refresh(SecretText("")) }
            #expect(error?.kind == .invalidGrant)
            #expect(sso.requests(FakeSSO.token).isEmpty)
        }
    }

    // MARK: Refresh tokens

    @Test("hands on the new refresh token, and the old one when there is no new one")
    func refreshes() async throws {
        try await Self.run { sso, client, token in
            sso[FakeSSO.token] = .tokens(token, refresh: "r2")
            let rotated = try await client.refresh(SecretText("r1+/="))
            #expect(rotated.refreshToken?.revealed == "r2")
            #expect(
                try sso.form(FakeSSO.token)
                    == ["grant_type": "refresh_token", "refresh_token": "r1+/=", "client_id": TestClaims.clientID])
            for answer in [ScriptedServer.Reply.tokens(token), .tokens(token, refresh: "")] {
                sso[FakeSSO.token] = answer
                #expect(try await client.refresh(SecretText("r1")).refreshToken?.revealed == "r1")
            }
        }
    }

    @Test("does not lose the new refresh token when the access token is no good")
    func keepsRotation() async throws {
        try await Self.run { sso, client, token in
            sso[FakeSSO.token] = .tokens("\(token)A", refresh: "r2")
            let error = await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r1")) }
            #expect(error?.code == "rejected_token")
            #expect(error?.rotatedToken?.revealed == "r2")
            sso[FakeSSO.token] = .text("{\"refresh_token\":\"r3\",\"access_token\":7}")
            let unreadable = await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r2")) }
            #expect(unreadable?.kind == .unavailable && unreadable?.rotatedToken?.revealed == "r3")
        }
    }

    @Test("asks twice for a refresh when the service is busy, unless told when to come back")
    func repeatsRefresh() async throws {
        try await Self.run { sso, client, _ in
            sso[FakeSSO.token] = .text("", status: 502)
            let busy = await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r1")) }
            #expect(busy?.kind == .unavailable && busy?.retryAfter == nil)
            #expect(sso.requests(FakeSSO.token).count == 2)
            sso[FakeSSO.token] = .text("", status: 503, headers: ["Retry-After": "40"])
            let told = await #expect(throws: SSOError.self) { try await client.refresh(SecretText("r1")) }
            #expect(told?.kind == .unavailable && told?.retryAfter == .seconds(40))
            #expect(sso.requests(FakeSSO.token).count == 3)
        }
    }

    @Test(
        "makes a refresh token useless, and is content if it was",
        arguments: [
            (200, "", nil), (400, "{\"error\":\"invalid_token\"}", nil), (503, "", .unavailable),
            (401, "{\"error\":\"invalid_client\"}", .refused),
        ] as [(Int, String, SSOError.Kind?)])
    func revokes(status: Int, body: String, expected: SSOError.Kind?) async throws {
        try await Self.run(secret: "s") { sso, client, _ in
            sso[FakeSSO.revoke] = .text(body, status: status)
            var kind: SSOError.Kind?
            do { try await client.revoke(SecretText("r/1")) } catch let error as SSOError { kind = error.kind }
            #expect(kind == expected)
            #expect(try sso.form(FakeSSO.revoke) == ["token": "r/1", "token_type_hint": "refresh_token"])
            #expect(sso.requests(FakeSSO.revoke)[0].headers["authorization"]?.hasPrefix("Basic ") == true)
        }
    }
}
