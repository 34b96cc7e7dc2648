import Testing

@testable import EVESimulator

@Suite("Single sign-on")
struct SSOTests {
    @Test("the metadata name this server's addresses and EVE's issuer; the keys are one for RS256 and one for ES256")
    func metadata() async throws {
        try await withSimulator { client in
            let metadata = try #require(try await client.get("/sso/.well-known/oauth-authorization-server").json)
            let base = client.running.ssoURL
            #expect(metadata["issuer"]?.string == "https://login.eveonline.com")
            #expect(metadata["authorization_endpoint"]?.string == base + "/v2/oauth/authorize")
            #expect(metadata["token_endpoint"]?.string == base + "/v2/oauth/token")
            #expect(metadata["jwks_uri"]?.string == base + "/oauth/jwks")
            #expect(metadata["code_challenge_methods_supported"] == ["S256"])
            let keys = try #require(try await client.get("/sso/oauth/jwks").json)
            #expect(keys.keys == ["keys", "SkipUnresolvedJsonWebKeys"] && keys["SkipUnresolvedJsonWebKeys"] == true)
            let members = try #require(keys["keys"]?.array)
            #expect(members.map { $0["alg"]?.string } == ["RS256", "ES256"])
            #expect(members.map { $0["kid"]?.string } == ["JWT-Signature-Key", "8878a23f-2489-4045-989e-4d2f3ec1ae1a"])
            #expect(members[0].keys == ["alg", "e", "kid", "kty", "n", "use"])
            #expect(members[1].keys == ["alg", "crv", "kid", "kty", "use", "x", "y"])
            #expect(try await client.get("/sso/v2/oauth/verify").status == 401)
            let counters = client.running.simulator.counters.sso
            #expect(counters.discoveries == 1 && counters.keyFetches == 1 && counters.verifications == 1)
        }
    }

    @Test("a login without scopes gives a token of 20 minutes with every claim, and no refresh token")
    func login() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let fc = try #require(client.running.simulator.sso.character("fc"))
            let code = try await sso.login("fc")
            let answer = try await sso.exchange(code)
            #expect(answer.status == 200 && answer.headers["cache-control"] == "no-store")
            #expect(answer.json?["expires_in"] == 1199 && answer.json?["token_type"] == "Bearer")
            #expect(answer.json?["refresh_token"] == .null)
            let claims = try await sso.verify(try #require(answer.json?["access_token"]?.string))
            let expected: JSONValue = [
                "jti": claims["jti"] ?? .null, "kid": "JWT-Signature-Key", "sub": .string("CHARACTER:EVE:\(fc.id)"),
                "azp": .string(sso.id), "tenant": "tranquility", "tier": "live", "region": "world",
                "aud": [.string(sso.id), "EVE Online"], "name": .string(fc.name),
                "owner": .string(client.running.simulator.sso.owner(of: fc.id)), "exp": .int(evening + 1200),
                "iat": .int(evening), "iss": "https://login.eveonline.com",
            ]
            #expect(claims == expected)
            #expect(claims["jti"]?.string?.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/) != nil)
            #expect(claims["owner"]?.string?.count == 28)
        }
    }

    @Test("scopes: one is a string, several are an array, an unknown one is refused at the redirect")
    func scopes() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let one = try await sso.claims("fc", .publicWithPKCE, scopes: "publicData")
            #expect(one.claims["scp"] == "publicData" && one.refreshToken != nil)
            let two = try await sso.claims("fc", .publicWithPKCE, scopes: "publicData esi-killmails.read_killmails.v1 publicData")
            #expect(two.claims["scp"] == ["publicData", "esi-killmails.read_killmails.v1"])
            let answer = try await client.get(sso.authorizePath(scopes: "publicData root", extra: "&character=fc"))
            let location = try #require(answer.headers["location"])
            #expect(
                location.hasPrefix("\(sso.redirectURI)?error=invalid_scope&error_description=")
                    && location.hasSuffix("&state=a%26b"))
        }
    }

    @Test("a code works once, for five minutes, for its client, its address and its verifier")
    func codes() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let invalid = "{\"error\":\"invalid_grant\",\"error_description\":\"Authorization code is invalid.\"}"
            var code = try await sso.login("fc")
            #expect(try await sso.exchange(code, .confidential, [("redirect_uri", sso.redirectURI)]).status == 200)
            var answer = try await sso.exchange(code)
            #expect(answer.status == 400 && answer.text == invalid)

            code = try await sso.login("fc")
            client.clock.advance(by: 299)
            #expect(try await sso.exchange(code).status == 200)
            code = try await sso.login("fc")
            client.clock.advance(by: 300)
            #expect(try await sso.exchange(code).text == invalid)

            code = try await sso.login("fc")
            answer = try await sso.exchange(code, .confidential, [("redirect_uri", "http://127.0.0.1:8080/other")])
            #expect(answer.status == 400 && answer.json?["error"] == "invalid_grant")
            #expect(try await sso.exchange(code).text == invalid)

            // Another client gets nothing for it, although it knows the verifier and the secret.
            for extra in ["", "&client_secret=simulated-secret"] {
                code = try await sso.login("fc", .publicWithPKCE)
                answer = try await client.send(
                    "/sso/v2/oauth/token", method: "POST", headers: [("Content-Type", "application/x-www-form-urlencoded")],
                    body: "grant_type=authorization_code&client_id=another&code=\(code)&code_verifier=\(sso.verifier)\(extra)")
                #expect(answer.status == 400 && answer.text == invalid)
            }
            code = try await sso.login("fc")
            answer = try await client.send(
                "/sso/v2/oauth/token", method: "POST", headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: "grant_type=authorization_code&client_id=\(sso.id)&code=\(code)&client_secret=simulated-secret")
            #expect(answer.status == 200)
            #expect(client.running.simulator.counters.sso.refused == 6)
        }
    }

    @Test("the verifier is checked, also for those who know the secret; without either nobody gets a token")
    func verifiers() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let wrong = String(sso.verifier.dropLast()) + "x"
            for style in [SSOClient.Style.confidential, .publicWithPKCE] {
                let code = try await sso.login("fc", .publicWithPKCE)
                let answer = try await sso.exchange(code, style, [("code_verifier", wrong)])
                #expect(answer.status == 400 && answer.json?["error"] == "invalid_grant")
            }
            var code = try await sso.login("fc", .publicWithPKCE)
            #expect(try await sso.exchange(code, .confidential).json?["error"] == "invalid_request")
            code = try await sso.login("fc", .publicWithPKCE)
            #expect(try await sso.exchange(code, .publicWithPKCE, [("code_verifier", "short")]).status == 400)
            code = try await sso.login("fc", .publicWithPKCE)
            #expect(try await sso.exchange(code, .publicWithPKCE, [("code_verifier", sso.verifier + "ab")]).status == 500)
            code = try await sso.login("fc", .confidential)
            #expect(try await sso.exchange(code, .publicWithPKCE).status == 401)
            code = try await sso.login("fc", .publicWithPKCE)
            #expect(try await sso.exchange(code, .publicWithPKCE).status == 200)
        }
    }

    @Test("tokens are given for forms only, and not to those with a wrong secret")
    func refusals() async throws {
        try await withSimulator { (client: TestClient) async throws -> Void in
            let sso = SSOClient(client)
            let code = try await sso.login("fc")
            let form = "grant_type=authorization_code&code=\(code)"
            let json = try await client.send(
                "/sso/v2/oauth/token", method: "POST",
                headers: [("Content-Type", "application/json"), ("Authorization", sso.basic)],
                body: "{\"grant_type\":\"authorization_code\",\"code\":\"\(code)\"}")
            #expect(json.status == 400 && json.json?["error"] == "invalid_request")
            let query = try await client.send(
                "/sso/v2/oauth/token?\(form)", method: "POST",
                headers: [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", sso.basic)])
            #expect(query.status == 400)
            #expect(try await client.get("/sso/v2/oauth/token?\(form)").status == 404)
            for wrong in ["Basic \(Data64.encode("\(sso.id):wrong"))", "Basic ???", "Bearer x"] {
                let answer = try await client.send(
                    "/sso/v2/oauth/token", method: "POST",
                    headers: [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", wrong)], body: form)
                #expect(answer.status == 401 && answer.json?["error"] == "invalid_client")
                #expect(answer.headers["www-authenticate"]?.hasPrefix("Basic") == true)
            }
            let twice = try await sso.post(
                "/v2/oauth/token", [("grant_type", "authorization_code"), ("code", code), ("code", code)])
            #expect(twice.json?["error"] == "invalid_request")
            let password = try await sso.post("/v2/oauth/token", [("grant_type", "password")])
            #expect(password.json?["error"] == "unsupported_grant_type")
            // None of this has used the code up.
            #expect(try await sso.exchange(code).status == 200)
        }
    }

    @Test("a refresh token stays the same, is bound to its client, and can give less but not more")
    func refreshing() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let scopes = "publicData esi-killmails.read_killmails.v1"
            let token = try #require(try await sso.claims("fc", scopes: scopes).refreshToken)
            #expect(token.contains("+") && token.contains("/") && token.hasSuffix("=="))
            client.clock.advance(by: 86400 * 30)
            let again = try await sso.refresh(token)
            #expect(again.status == 200 && again.json?["refresh_token"]?.string == token)
            let claims = try await sso.verify(try #require(again.json?["access_token"]?.string))
            #expect(claims["exp"]?.int == (claims["iat"]?.int ?? 0) + 1200 && claims["scp"]?.array?.count == 2)
            let less = try await sso.refresh(token, .confidential, [("scope", "publicData")])
            #expect(SSOClient.part(1, of: less.json?["access_token"]?.string ?? "")?["scp"] == "publicData")
            let more = try await sso.refresh(token, .confidential, [("scope", "publicData esi-mail.read_mail.v1")])
            #expect(more.status == 400 && more.json?["error"] == "invalid_scope")
            #expect(try await sso.refresh(token, .publicWithPKCE).status == 401)
            let stranger = try await client.send(
                "/sso/v2/oauth/token", method: "POST",
                headers: [
                    ("Content-Type", "application/x-www-form-urlencoded"),
                    ("Authorization", "Basic \(Data64.encode("another:simulated-secret"))"),
                ], body: "grant_type=refresh_token&refresh_token=\(FormFields.encode(token))")
            #expect(stranger.text.contains("The refresh token does not match the client specified."))
            // Not percent-encoded, its + is a space.
            let raw = try await client.send(
                "/sso/v2/oauth/token", method: "POST",
                headers: [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", sso.basic)],
                body: "grant_type=refresh_token&refresh_token=\(token)")
            #expect(
                raw.text
                    == "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid refresh token. Token missing/expired.\"}")
        }
    }

    @Test("revoking ends a refresh token of the same client, and answers 200 to nonsense")
    func revocation() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            let token = try #require(try await sso.claims("fc", .publicWithPKCE, scopes: "publicData").refreshToken)
            #expect(try await sso.post("/v2/oauth/revoke", [("token", "nonsense")]).status == 200)
            let other = try await client.send(
                "/sso/v2/oauth/revoke", method: "POST", headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: "client_id=another&token=\(FormFields.encode(token))")
            #expect(other.status == 200)
            #expect(try await sso.refresh(token, .publicWithPKCE).status == 200)
            let revoked = try await sso.post(
                "/v2/oauth/revoke", [("token", token), ("token_type_hint", "refresh_token")], .publicWithPKCE)
            #expect(revoked.status == 200 && revoked.bytes.isEmpty)
            let dead = try await sso.refresh(token, .publicWithPKCE)
            #expect(dead.status == 400 && dead.json?["error"] == "invalid_grant")
        }
    }
}
