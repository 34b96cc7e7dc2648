import Testing

@testable import EVESimulator

@Suite("The faults of the single sign-on, each seen over HTTP")
struct SSOFaultTests {
    @Test("the issuer takes three forms")
    func issuers() async throws {
        try await withSimulator(faults: [.ssoIssuerForms]) { client in
            let sso = SSOClient(client)
            var seen: Set<String?> = []
            for _ in 0..<3 { seen.insert(try await sso.claims("fc").claims["iss"]?.string) }
            #expect(seen == ["https://login.eveonline.com", "login.eveonline.com", "https://login.eveonline.com/"])
        }
    }

    @Test("scp is a string, an array or absent; with the fault also an array of one and an empty one")
    func scopes() async throws {
        try await withSimulator(faults: [.ssoScopeForms]) { client in
            let sso = SSOClient(client)
            var forms: [JSONValue?] = []
            for scopes in ["publicData", "publicData", "", ""] {
                forms.append(try await sso.claims("fc", scopes: scopes).claims["scp"])
            }
            #expect(forms == ["publicData", ["publicData"], nil, []])
        }
    }

    @Test("aud is one string, the client id or the game")
    func audience() async throws {
        try await withSimulator(faults: FaultPlan(.ssoAudience, rate: 1)) { (client: TestClient) async throws -> Void in
            let sso = SSOClient(client)
            #expect(try await sso.claims("fc").claims["aud"] == "EVE Online")
            #expect(try await sso.claims("fc").claims["aud"]?.string == sso.id)
        }
    }

    @Test("the second key signs, and verifies")
    func es256() async throws {
        try await withSimulator(faults: FaultPlan(.ssoES256, rate: 1)) { client in
            let sso = SSOClient(client)
            let code = try await sso.login("fc")
            let token = try #require(try await sso.exchange(code).json?["access_token"]?.string)
            #expect(SSOClient.part(0, of: token)?["alg"] == "ES256")
            _ = try await sso.verify(token)
        }
    }

    @Test("a token is signed with a key that an older copy of the key set lacks, once in ten minutes")
    func unknownKey() async throws {
        try await withSimulator { client in
            let sso = SSOClient(client)
            _ = try await sso.claims("fc")
            client.running.simulator.setFaults(FaultPlan(.ssoUnknownKey, rate: 1))
            #expect(try await sso.claims("fc").claims["kid"] == "JWT-Signature-Key-2")
            #expect(client.running.simulator.counters.sso.keyFetches == 2)
            client.clock.advance(by: 590)
            #expect(try await sso.claims("fc").claims["kid"] == "JWT-Signature-Key-2")
            client.clock.advance(by: 10)
            #expect(try await sso.claims("fc").claims["kid"] == "JWT-Signature-Key-3")
            #expect(client.running.simulator.counters.sso.keyFetches == 3)
        }
    }

    @Test("the key set begins with what a client does not know, and one key for another use under a known kid")
    func strangeKeys() async throws {
        try await withSimulator(faults: [.ssoStrangeKeys]) { client in
            let members = try #require(try await client.get("/sso/oauth/jwks").json?["keys"]?.array)
            #expect(members.map { $0["kty"]?.string } == ["AKP", "RSA", "RSA", "EC"])
            #expect(members[1]["kid"] == members[2]["kid"] && members[1]["use"] == "enc")
            _ = try await SSOClient(client).claims("fc")
        }
    }

    @Test("with rotation each refresh token works once")
    func rotation() async throws {
        try await withSimulator(faults: [.ssoRefreshRotation]) { client in
            let sso = SSOClient(client)
            let first = try #require(try await sso.claims("fc", scopes: "publicData").refreshToken)
            let second = try #require(try await sso.refresh(first).json?["refresh_token"]?.string)
            #expect(second != first)
            let dead = try await sso.refresh(first)
            #expect(dead.status == 400 && dead.json?["error"] == "invalid_grant")
            #expect(try await sso.refresh(second).status == 200)
        }
    }

    @Test("a refresh finds its grant dead, in more than one form, and stays so")
    func deadGrants() async throws {
        try await withSimulator(faults: FaultPlan(.ssoDeadGrant, rate: 1)) { client in
            let sso = SSOClient(client)
            var forms: Set<String> = []
            for _ in 0..<20 {
                let token = try #require(try await sso.claims("fc", scopes: "publicData").refreshToken)
                let dead = try await sso.refresh(token)
                #expect(dead.status == 400)
                #expect(try await sso.refresh(token).text == dead.text)
                forms.insert(dead.text)
            }
            #expect(forms.count > 1)
        }
    }

    @Test("5xx and HTML come first and use nothing up; keys fail every other time at most")
    func transport() async throws {
        try await withSimulator(faults: FaultPlan(.ssoServerError, rate: 1)) { client in
            let sso = SSOClient(client)
            let code = try await sso.login("fc", scopes: "publicData")
            #expect((500...504).contains(try await sso.exchange(code).status))
            let json = try await sso.patiently { try await sso.exchange(code) }
            let token = try #require(json["refresh_token"]?.string)
            #expect((500...504).contains(try await sso.refresh(token).status))
            _ = try await sso.patiently { try await sso.refresh(token) }
            #expect((500...504).contains(try await client.get("/sso/oauth/jwks").status))
            #expect(try await client.get("/sso/oauth/jwks").status == 200)
            client.running.simulator.setFaults(FaultPlan(.ssoHTML, rate: 1))
            let second = try await sso.login("fc")
            let page = try await sso.exchange(second)
            #expect(page.status == 200 && page.text.hasPrefix("<"))
            #expect(try await sso.exchange(second).json?["access_token"] != nil)
            #expect(try await client.get("/sso/.well-known/oauth-authorization-server").text.hasPrefix("<"))
            #expect(try await client.get("/sso/.well-known/oauth-authorization-server").json != nil)
        }
    }

    @Test("tokens that trickle are whole in the end")
    func slow() async throws {
        try await withSimulator(faults: FaultPlan(.ssoSlow, rate: 1), configure: { $0.timeScale = 0.02 }) { client in
            let sso = SSOClient(client)
            let code = try await sso.login("fc")
            let start = ContinuousClock.now
            #expect(try await sso.exchange(code).json?["access_token"] != nil)
            #expect(ContinuousClock.now - start >= .milliseconds(95))
        }
    }

    @Test("whatever goes wrong, a client that does it right gets its tokens")
    func everything() async throws {
        try await withSimulator(kills: 5, faults: .all, configure: { $0.timeScale = 0.01 }) { client in
            let sso = SSOClient(client)
            let issuers: Set = ["https://login.eveonline.com", "login.eveonline.com", "https://login.eveonline.com/"]
            var algorithms: Set<String> = []
            var deadGrants = 0
            for number in 0..<120 {
                let style = number % 2 == 0 ? SSOClient.Style.confidential : .publicWithPKCE
                let (claims, refreshToken) = try await sso.claims("member", style, scopes: "publicData")
                #expect(issuers.contains(claims["iss"]?.string ?? ""))
                let audience = claims["aud"]?.array?.compactMap(\.string) ?? [claims["aud"]?.string ?? ""]
                #expect(Set(audience).isSubset(of: [sso.id, "EVE Online"]) && claims["azp"]?.string == sso.id)
                algorithms.insert(claims["kid"]?.string ?? "")
                do {
                    let token = try #require(refreshToken)
                    let json = try await sso.patiently { try await sso.refresh(token, style) }
                    _ = try await sso.verify(try #require(json["access_token"]?.string))
                    #expect(json["refresh_token"]?.string != token)
                } catch let failure as SSOClient.Failure {
                    #expect(failure.answer.status == 400)
                    deadGrants += 1
                }
                client.clock.advance(by: 1)
            }
            #expect(algorithms.count > 3)
            #expect((1..<30).contains(deadGrants))
        }
    }
}
