import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct OwnershipTests {
    private static func link(_ browser: Browser, _ character: Int64) async throws -> BenchAnswer {
        let start = await browser.send(.post, "/me/characters/link/start", #"{"redirect":"/profile"}"#)
        let state = try #require(start.json["redirectUrl"].text.flatMap(Browser.state), "\(start.text)")
        return await browser.get("/auth/callback?code=code-\(character)&state=\(state)")
    }

    @Test("Another character is linked and can be made primary; the last one stays")
    func linking() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            let token = browser.session
            bench.character(90_000_011)
            let answer = try await Self.link(browser, 90_000_011)
            #expect(answer.status == 302 && answer.location == "/profile" && browser.session == token)
            let characters = await browser.get("/me").json["characters"].items
            #expect(characters.map { $0["eveCharacterId"].text } == ["90000010", "90000011"])
            let (first, second) = (characters[0]["id"].text ?? "", characters[1]["id"].text ?? "")
            let primary = await browser.send(.post, "/me/characters/\(second)/set-primary")
            #expect(primary.json["items"][0]["eveCharacterId"].text == "90000011")
            #expect(try await bench.audit(.primaryCharacterChanged).count == 1)
            let removed = await browser.send(.delete, "/me/characters/\(second)")
            #expect(removed.json["items"].items.map { $0["eveCharacterId"].text } == ["90000010"])
            #expect(await browser.get("/me").json["primaryCharacter"]["eveCharacterId"].text == "90000010")
            let last = await browser.send(.delete, "/me/characters/\(first)")
            #expect(last.status == 409 && last.error == "last_character")
            #expect(await browser.send(.delete, "/me/characters/\(UUID())").status == 404)
            #expect(try await bench.audit(.characterLinked).count == 1)
            #expect(try await bench.audit(.characterUnlinked).count == 1)
        }
    }

    @Test("A character of another account is refused and stays where it is")
    func taken() async throws {
        try await IdentityBench.run { bench in
            let (first, second) = (try await bench.login(90_000_010), try await bench.login(90_000_011))
            let answer = try await Self.link(second, 90_000_010)
            #expect(answer.status == 409 && answer.error == "character_of_another_account")
            #expect(await first.get("/me").json["characters"].items.count == 1)
            #expect(await second.get("/me").json["characters"].items.count == 1)
        }
    }

    @Test("A link that somebody else's browser finishes links nothing")
    func foreignLink() async throws {
        try await IdentityBench.run { bench in
            let (first, second) = (try await bench.login(90_000_010), try await bench.login(90_000_011))
            bench.character(90_000_012)
            let start = await first.send(.post, "/me/characters/link/start", "{}")
            let state = try #require(start.json["redirectUrl"].text.flatMap(Browser.state))
            // With the cookie of the login, but another account's session.
            second[Cookies.login] = first[Cookies.login]
            let answer = await second.get("/auth/callback?code=code-90000012&state=\(state)")
            #expect(answer.error == "login_state_invalid")
            #expect(await first.get("/me").json["characters"].items.count == 1)
            #expect(await second.get("/me").json["characters"].items.count == 1)
        }
    }

    @Test("A character that comes with another owner leaves its account, whose sessions end; the rights stay behind")
    func sold() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, token: "refresh-1")
            let seller = try await bench.login(90_000_010)
            bench.character(90_000_011)
            #expect(try await Self.link(seller, 90_000_011).status == 302)
            let old = try await bench.account(of: 90_000_010)
            let admin = try await bench.login(IdentityBench.superAdmin)
            _ = try await bench.identity.accounts.setRole(
                .admin, on: "alpha", of: old.id, by: try #require(try await bench.principal(admin)), actor: .system)
            bench.character(90_000_010, owner: "buyer")
            let buyer = try await bench.login(90_000_010)
            #expect(await seller.get("/me").status == 401)
            let me = await buyer.get("/me").json
            #expect(me["featureRoles"].items.isEmpty && me["accountId"].text != old.id.uuidString.lowercased())
            #expect(me["characters"][0]["tokenStatus"].text == "none")
            let left = try await bench.identity.accounts.account(old.id)
            #expect(left.characters.map(\.eveCharacterID) == [90_000_011] && left.characters[0].isPrimary)
            #expect(left.roles == ["alpha": .admin])
            #expect(try await bench.audit(.characterTransferred).count == 1)
            #expect(try await bench.login(90_000_011).session != nil)
        }
    }

    @Test("An account whose only character was sold has no way in left: no session, no key")
    func soldLast() async throws {
        try await IdentityBench.run { bench in
            let seller = try await bench.login(90_000_010)
            let key = await seller.send(.post, "/me/api-keys", #"{"name":"x","features":["alpha"],"expiresInDays":1}"#).json[
                "key"
            ].text
            bench.character(90_000_010, owner: "buyer")
            _ = try await bench.login(90_000_010)
            #expect(await seller.get("/me").status == 401)
            let bearer: HTTPFields = [.authorization: "Bearer \(key ?? "")"]
            #expect(await bench.send(.get, "/alphas", headers: bearer).status == 401)
        }
    }

    @Test("A named superadmin that was sold is none to the new owner, however they come")
    func soldSuperAdmin() async throws {
        try await IdentityBench.run { bench in
            let named = IdentityBench.superAdmin
            #expect(await (try await bench.login(named)).get("/me").json["isSuperAdmin"].isTrue)
            bench.character(named, owner: "buyer")
            let buyer = try await bench.login(named)
            #expect(await !buyer.get("/me").json["isSuperAdmin"].isTrue)
            #expect(await buyer.send(.delete, "/me").status == 204)
            #expect(await !(try await bench.login(named)).get("/me").json["isSuperAdmin"].isTrue)
        }
    }

    @Test("The setting makes a superadmin by the account's first character, once: a demotion holds")
    func namedOnce() async throws {
        try await IdentityBench.run({ $0.superAdmins = [1, 90_000_001] }) { bench in
            let second = try await bench.login(90_000_050)
            bench.clock.advance(by: .seconds(1))
            bench.character(1)
            #expect(try await Self.link(second, 1).status == 302)
            #expect(await !(try await bench.login(1)).get("/me").json["isSuperAdmin"].isTrue, "it is not the first character")
            let (first, other) = (try await bench.login(90_000_001), try await bench.account(of: 90_000_050))
            let principal = try #require(try await bench.principal(first))
            let accounts = bench.identity.accounts
            _ = try await accounts.setSuperAdmin(true, of: other.id, by: principal, actor: .system)
            _ = try await accounts.setSuperAdmin(false, of: principal.accountID, by: principal, actor: .system)
            #expect(await !(try await bench.login(90_000_001)).get("/me").json["isSuperAdmin"].isTrue)
        }
    }

    @Test("Leaving deletes everything but the audit log, and the single sign-on forgets the tokens")
    func deletion() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, token: "refresh-1")
            let browser = try await bench.login(90_000_010)
            #expect(
                await browser.send(.patch, "/me", #"{"email":"pilot@example.org"}"#).json["email"].text == "pilot@example.org")
            let export = await browser.get("/me/export")
            #expect(export.json["profile"]["email"].text == "pilot@example.org" && export.json["sessions"].items.count == 1)
            #expect(export.response.headers[.contentDisposition]?.contains("attachment") == true)
            #expect(await browser.send(.delete, "/me").status == 204)
            #expect(browser.session == nil && bench.signOn.revoked == ["refresh-1"])
            for table in ["account", "character", "session"] {
                let count = try await PostgresFixture.shared.psql(
                    "SELECT count(*) FROM kernel.\(table)", database: databaseName(bench.url))
                #expect(count.hasPrefix("0"), "\(table)")
            }
            let audit = try await bench.audit(.accountDeleted)
            #expect(audit.count == 1 && audit[0].actorName == "Pilot 90000010")
        }
    }

    @Test("A profile is changed strictly: what is absent stays, null removes")
    func profile() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            for body in [
                #"{"email":"none"}"#, #"{"email":"a@b"}"#, #"{"email":"a b@c.de"}"#, #"{"displayName":"  "}"#,
                #"{"displayName":""}"#,
                #"{"displayName":"two\nlines"}"#, #"{"displayName":"turned\u202earound"}"#,
                #"{"isSuperAdmin":true}"#, #"[]"#,
            ] { #expect(await browser.send(.patch, "/me", body).status == 400, "\(body)") }
            #expect(
                await browser.send(.patch, "/me", #"{"email":"a@b.de","displayName":"Nemo"}"#).json["displayName"].text == "Nemo")
            #expect(await browser.send(.patch, "/me", #"{"displayName":"Nobody"}"#).json["email"].text == "a@b.de")
            #expect(await browser.send(.patch, "/me", #"{"email":null}"#).json["email"] == .null)
            let own = await browser.get("/me/audit").json["items"].items
            #expect(own.filter { $0["action"].text == "settings.updated" }.count == 3 && own.allSatisfy { $0["isByMe"].isTrue })
        }
    }
}
