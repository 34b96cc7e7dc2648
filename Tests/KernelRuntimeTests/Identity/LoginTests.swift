import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct LoginTests {
    @Test("A login ends with a session, a cookie that scripts cannot read, and a line in the audit log")
    func login() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, alliance: 99_000_001)
            let browser = Browser(bench)
            let answer = try await browser.logIn(90_000_010, wanted: "/battles?limit=3")
            #expect(answer.status == 302 && answer.location == "/battles?limit=3")
            let cookie = try #require(answer.cookies.first { $0.hasPrefix("battlescope_session=") })
            for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/;", "; Max-Age=2592000"] {
                #expect(cookie.contains(attribute), "\(cookie)")
            }
            #expect(browser[Cookies.login] == nil)
            let me = await browser.get("/me")
            #expect(me.status == 200 && me.json["displayName"].text == "Pilot 90000010")
            let primary = me.json["primaryCharacter"]
            #expect(primary["eveCharacterId"].text == "90000010" && primary["allianceName"].text == "Organisation 99000001")
            let audit = try await bench.audit(.login)
            #expect(audit.count == 1 && audit[0].actor.address == "192.0.2.7" && audit[0].actor.userAgent == "test browser")
        }
    }

    @Test("/me has exactly the members of the specification")
    func members() async throws {
        try await IdentityBench.run { bench in
            let me = await (try await bench.login(90_000_010)).get("/me").json
            #expect(
                me.keys == [
                    "accountId", "displayName", "email", "isSuperAdmin", "primaryCharacter", "characters", "featureRoles",
                    "features",
                ])
            #expect(
                me["characters"][0].keys == [
                    "id", "eveCharacterId", "eveCharacterName", "corpId", "corpName", "allianceId", "allianceName", "portraitUrl",
                    "scopes", "tokenStatus", "lastVerifiedAt",
                ])
            #expect(me["features"].items.map { $0["key"].text } == ["alpha", "beta"])
            #expect(me["features"][0].keys == ["key", "enabled", "access"])
        }
    }

    @Test("The verifier that is told is the one whose challenge was shown")
    func pkce() async throws {
        try await IdentityBench.run { bench in
            _ = try await bench.login(90_000_010)
            let (challenge, verifier) = (try #require(bench.signOn.challenges.first), try #require(bench.signOn.verifiers.first))
            #expect(LoginAttempts.challenge(for: verifier) == challenge && verifier.utf8.count == 43)
        }
    }

    @Test("A state is good once")
    func replay() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010)
            let browser = Browser(bench)
            let state = try await browser.beginLogin()
            let cookie = browser[Cookies.login]
            #expect(await browser.get("/auth/callback?code=code-90000010&state=\(state)").status == 302)
            browser[Cookies.login] = cookie
            let again = await browser.get("/auth/callback?code=code-90000010&state=\(state)")
            #expect(again.status == 400 && again.error == "login_state_invalid")
            #expect(bench.signOn.verifiers.count == 1)
        }
    }

    @Test("A state of another browser logs nobody in, and is used up")
    func foreignState() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010)
            let (attacker, victim) = (Browser(bench), Browser(bench))
            let state = try await attacker.beginLogin()
            #expect(await victim.get("/auth/callback?code=code-90000010&state=\(state)").error == "login_state_invalid")
            _ = try await victim.beginLogin()
            #expect(await victim.get("/auth/callback?code=code-90000010&state=\(state)").error == "login_state_invalid")
            #expect(victim.session == nil && bench.signOn.verifiers.isEmpty)
            #expect(await attacker.get("/auth/callback?code=code-90000010&state=\(state)").error == "login_state_invalid")
        }
    }

    @Test("A login takes ten minutes at most")
    func late() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010)
            let browser = Browser(bench)
            let state = try await browser.beginLogin()
            bench.clock.advance(by: .seconds(600))
            #expect(await browser.get("/auth/callback?code=code-90000010&state=\(state)").error == "login_state_invalid")
        }
    }

    @Test(
        "A login leads to nowhere but this server",
        arguments: [
            "//evil.example", "/%5Cevil.example", "https://evil.example", "/a//b", "javascript:alert(1)", "evil",
            "/a%0d%0aSet-Cookie:x",
            "/a%20b", "%2F%2Fevil.example", "/%09/evil.example", "",
        ])
    func redirects(_ path: String) async throws {
        try await IdentityBench.run { bench in
            let answer = await bench.send(.get, "/auth/login?redirect=\(path)")
            #expect(answer.status == 400 && answer.error == "invalid_request" && answer.location == nil, "\(answer.text)")
        }
    }

    @Test("A token that was there before the login is not the session's afterwards")
    func fixation() async throws {
        try await IdentityBench.run { bench in
            let planted = SecretToken.random().text
            bench.character(90_000_010)
            let browser = Browser(bench)
            browser[Cookies.session] = planted
            _ = try await browser.logIn(90_000_010)
            #expect(browser.session != planted)
            let thief = Browser(bench)
            thief[Cookies.session] = planted
            #expect(await thief.get("/me").status == 401)
        }
    }

    @Test("Another login in the same browser ends the session before")
    func oneSessionABrowser() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            let old = browser.session
            _ = try await browser.logIn(90_000_010)
            #expect(await browser.get("/me").status == 200)
            browser[Cookies.session] = old
            #expect(await browser.get("/me").status == 401)
        }
    }

    @Test("Who changes their mind at the single sign-on is back where they came from")
    func cancelled() async throws {
        try await IdentityBench.run { bench in
            let browser = Browser(bench)
            let state = try await browser.beginLogin(wanted: "/battles")
            let answer = await browser.get("/auth/callback?error=access_denied&error_description=no&state=\(state)")
            #expect(answer.status == 302 && answer.location == "/battles" && browser.session == nil)
        }
    }

    @Test(
        "What goes wrong at the single sign-on is told by its kind",
        arguments: [
            (IdentityProviderError.Kind.grantRefused, 400, "login_refused"), (.unavailable, 503, "sso_unavailable"),
            (.tokenRejected, 502, "sso_token_rejected"), (.misconfigured, 503, "login_misconfigured"),
        ])
    func failures(_ kind: IdentityProviderError.Kind, _ status: Int, _ error: String) async throws {
        try await IdentityBench.run { bench in
            bench.signOn.fail(with: IdentityProviderError(kind, "as scripted"))
            let answer = try await Browser(bench).logIn(90_000_010)
            #expect(answer.status == status && answer.error == error)
            #expect(try await bench.identity.accounts.accounts(AccountFilter(), after: nil, limit: 1).isEmpty)
        }
    }

    @Test("Without a client id the login says what to set, and a person gets a page")
    func notConfigured() async throws {
        try await IdentityBench.run({ $0.provider = nil }) { bench in
            let answer = await bench.send(.get, "/auth/login")
            #expect(answer.status == 503 && answer.error == "login_not_configured" && answer.text.contains("EVE_CLIENT_ID"))
            let page = await bench.send(.get, "/auth/login", headers: [.accept: "text/html,application/xhtml+xml;q=0.9"])
            #expect(page.status == 503 && page.text.contains("<h1>") && page.text.contains("EVE_CLIENT_ID"))
            #expect(page.response.headers[.contentType] == "text/html; charset=utf-8")
        }
    }

    @Test("The start page offers the login, says when all is simulated, and knows who is logged in")
    func landing() async throws {
        try await IdentityBench.run({ $0.isSimulated = true }) { bench in
            let page = await bench.send(.get, "/")
            #expect(page.text.contains("Log in with EVE Online") && page.text.contains("Simulated"))
            let browser = try await bench.login(90_000_010)
            #expect(await browser.get("/").text.contains("Pilot 90000010"))
        }
    }

    @Test("Names from outside cannot put HTML into a page")
    func escaping() async throws {
        try await IdentityBench.run { bench in
            bench.signOn.set(ProvenCharacter(id: 5, name: "<img src=x>&\"'", ownerHash: "o"))
            let browser = Browser(bench)
            _ = try await browser.logIn(5)
            let page = await browser.get("/").text
            #expect(page.contains("&lt;img src=x&gt;&amp;&quot;&#39;") && !page.contains("<img"))
        }
    }
}
