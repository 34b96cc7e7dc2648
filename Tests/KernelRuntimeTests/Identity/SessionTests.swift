import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct SessionTests {
    @Test("Without a cookie, with one that is none, and with one that nobody gave out, nobody is logged in")
    func nobody() async throws {
        try await IdentityBench.run { bench in
            _ = try await bench.login(90_000_010)
            for cookie in [
                "", "battlescope_session=", "battlescope_session=abc", "battlescope_session=\(SecretToken.random().text)",
            ] {
                #expect(await bench.send(.get, "/me", headers: cookie.isEmpty ? [:] : [.cookie: cookie]).status == 401)
            }
        }
    }

    @Test("A session ends eight hours after its last use")
    func idle() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            bench.clock.advance(by: .seconds(28_799))
            #expect(await browser.get("/me").status == 200)
            bench.clock.advance(by: .seconds(28_799))
            #expect(await browser.get("/me").status == 200)
            bench.clock.advance(by: .seconds(28_800))
            #expect(await browser.get("/me").status == 401)
        }
    }

    @Test("A session ends thirty days after the login, however often it is used")
    func absolute() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            for _ in 0..<119 {
                bench.clock.advance(by: .seconds(21_600))
                #expect(await browser.get("/me").status == 200)
            }
            bench.clock.advance(by: .seconds(21_600))
            #expect(await browser.get("/me").status == 401)
        }
    }

    @Test("Use is written down at most once a minute")
    func touches() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            let start = bench.clock.now
            func lastSeen() async throws -> Date {
                try await bench.database.query(Statement("test.seen", "SELECT last_seen_at FROM kernel.session")).scalar()
            }
            bench.clock.advance(by: .seconds(59))
            _ = await browser.get("/alphas")
            #expect(try await lastSeen() == start)
            bench.clock.advance(by: .seconds(1))
            _ = await browser.get("/alphas")
            #expect(try await lastSeen() == bench.clock.now)
        }
    }

    @Test("Logging out ends the session and takes the cookie back")
    func logout() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            let token = browser.session
            #expect(await browser.send(.post, "/auth/logout").status == 204)
            #expect(browser.session == nil)
            browser[Cookies.session] = token
            #expect(await browser.get("/me").status == 401)
            #expect(try await bench.audit(.logout).count == 1)
        }
    }

    @Test(
        "A change with a cookie is taken from our own pages only",
        arguments: [
            ([:], 403), ([.origin: "https://battles.example.org"], 204), ([.origin: "https://BATTLES.example.org"], 204),
            ([.origin: "https://battles.example.org:443"], 403), ([.origin: "http://battles.example.org"], 403),
            ([.origin: "null"], 403), ([.origin: "https://evil.example"], 403), ([.origin: ""], 403),
            ([.referer: "https://battles.example.org/profile?x=1"], 204),
            ([.referer: "https://battles.example.org.evil.example/"], 403),
            ([.referer: "https://battles.example.org@evil.example/"], 403),
            ([.origin: "https://evil.example", .referer: "https://battles.example.org/"], 403),
        ] as [(HTTPFields, Int)])
    func origins(_ extra: HTTPFields, _ status: Int) async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            var headers = browser.headers(.get)
            headers.append(contentsOf: extra)
            let answer = await bench.send(.post, "/auth/logout", headers: headers)
            #expect(answer.status == status)
            if status == 403 { #expect(answer.error == "origin_not_allowed") }
        }
    }

    @Test("Cookies beyond eight kilobytes are refused, and two sessions in one request are none")
    func oversized() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            var headers = browser.headers(.get)
            let own = try #require(headers[.cookie])
            headers[.cookie] = own + "; x=" + String(repeating: "a", count: Cookies.longestHeader - own.utf8.count - 4)
            #expect(await bench.send(.get, "/me", headers: headers).status == 200)
            headers.append(HTTPField(name: .cookie, value: "y=1234567"))
            let answer = await bench.send(.get, "/me", headers: headers)
            #expect(answer.status == 431 && answer.error == "cookies_too_large")
            let two = own + "; battlescope_session=\(SecretToken.random().text)"
            #expect(await bench.send(.get, "/me", headers: [.cookie: two]).status == 401)
            #expect(await bench.send(.get, "/me", headers: [.cookie: own + "; " + own]).status == 200)
        }
    }

    @Test("One's sessions are listed without their tokens, and can be ended one by one; others' cannot")
    func list() async throws {
        try await IdentityBench.run { bench in
            let (first, second, stranger) = (
                try await bench.login(90_000_010), try await bench.login(90_000_010), try await bench.login(90_000_011)
            )
            let sessions = await second.get("/me/sessions").json["items"].items
            #expect(sessions.count == 2)
            #expect(sessions[0].keys == ["id", "createdAt", "lastSeenAt", "expiresAt", "ip", "userAgent", "isCurrent"])
            let other = try #require(sessions.first { !$0["isCurrent"].isTrue }?["id"].text)
            #expect(await stranger.send(.delete, "/me/sessions/\(other)").status == 404)
            #expect(await second.send(.delete, "/me/sessions/\(other)").status == 204)
            #expect(await first.get("/me").status == 401)
            #expect(await second.get("/me").status == 200)
        }
    }

    @Test("An account has fifty sessions at most: the one not used for longest ends")
    func most() async throws {
        try await IdentityBench.run { bench in
            let first = try await bench.login(90_000_010)
            for _ in 1..<Sessions.mostPerAccount {
                bench.clock.advance(by: .seconds(1))
                _ = try await bench.login(90_000_010)
            }
            #expect(await first.get("/alphas").status == 403)
            bench.clock.advance(by: .seconds(1))
            _ = try await bench.login(90_000_010)
            #expect(await first.get("/alphas").status == 401)
        }
    }

    @Test("When rights rise the session goes on under a new token, and the old one is good for another minute")
    func renewal() async throws {
        try await IdentityBench.run { bench in
            let admin = try await bench.login(IdentityBench.superAdmin)
            let pilot = try await bench.login(90_000_010)
            let old = try #require(pilot.session)
            #expect(await pilot.get("/me").cookies.isEmpty)
            let principal = try #require(try await bench.principal(admin))
            _ = try await bench.identity.accounts.setRole(
                .user, on: "alpha", of: try await bench.account(of: 90_000_010).id, by: principal, actor: .system)
            let answer = await pilot.get("/me")
            #expect(answer.status == 200 && answer.cookies.count == 1 && pilot.session != old)
            #expect(await pilot.get("/me").cookies.isEmpty)
            #expect(await pilot.get("/me/sessions").json["items"].items.count == 1)
            let late = Browser(bench)
            late[Cookies.session] = old
            #expect(await late.get("/alphas").status == 200)
            bench.clock.advance(by: .seconds(61))
            #expect(await late.get("/alphas").status == 401)
            #expect(await pilot.get("/alphas").status == 200)
        }
    }

    @Test("A renewed session ends with both of its tokens")
    func renewedEnds() async throws {
        try await IdentityBench.run { bench in
            let admin = try await bench.login(IdentityBench.superAdmin)
            let pilot = try await bench.login(90_000_010)
            let old = pilot.session
            _ = try await bench.identity.accounts.setRole(
                .user, on: "alpha", of: try await bench.account(of: 90_000_010).id,
                by: try #require(try await bench.principal(admin)), actor: .system)
            _ = await pilot.get("/me")
            #expect(await pilot.send(.post, "/auth/logout").status == 204)
            pilot[Cookies.session] = old
            #expect(await pilot.get("/me").status == 401)
        }
    }
}

extension IdentityBench {
    /// Who a browser is.
    func principal(_ browser: Browser) async throws -> Principal? {
        try await identity.authenticator.principal(
            of: RequestHead(method: .get, path: "/", headers: browser.headers(.get), clientAddress: nil))
    }
}
