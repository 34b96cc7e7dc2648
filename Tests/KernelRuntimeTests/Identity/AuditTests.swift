import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct AuditTests {
    @Test(
        "The audit log refuses every change of what is in it, also from a session that replays",
        arguments: [
            "UPDATE kernel.audit_log SET action = 'x'", "DELETE FROM kernel.audit_log", "TRUNCATE kernel.audit_log",
            "SET session_replication_role = replica; DELETE FROM kernel.audit_log",
            "DELETE FROM kernel.audit_log WHERE false",
        ])
    func final(_ sql: String) async throws {
        try await IdentityBench.run { bench in
            _ = try await bench.login(90_000_010)
            let refusal = await #expect(throws: PostgresFixture.CommandFailed.self) {
                try await PostgresFixture.shared.psql(sql, database: databaseName(bench.url))
            }
            #expect(refusal?.description.contains("can be added to") == true)
            #expect(try await bench.audit(.login).count == 1)
        }
    }

    @Test("A change and its line come together or not at all")
    func together() async throws {
        try await IdentityBench.run { bench in
            struct Undone: Error {}
            await #expect(throws: Undone.self) {
                try await bench.database.transaction("test.undone") { transaction in
                    try await bench.identity.audit.record(
                        AuditEntry(.rulesetUpdated, target: "ruleset", by: .system), in: transaction)
                    throw Undone()
                }
            }
            let recorded = try await bench.audit(.rulesetUpdated)
            #expect(recorded.isEmpty)
        }
    }

    @Test("Records are found by actor, action, target and time, the newest first, page by page")
    func filters() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            let account = try await bench.account(of: 90_000_010).id
            let start = bench.clock.now
            for number in 0..<9 {
                bench.clock.advance(by: .seconds(60))
                #expect(await browser.send(.patch, "/me", #"{"displayName":"Pilot 90000010 \#(number)"}"#).status == 200)
            }
            let log = bench.identity.auditLog
            func count(_ filter: AuditFilter) async throws -> Int { try await log.records(filter, before: nil, limit: 100).count }
            #expect(try await count(AuditFilter()) == 10)
            #expect(try await count(AuditFilter(actorID: account)) == 10)
            #expect(try await count(AuditFilter(actorID: UUID())) == 0)
            #expect(try await count(AuditFilter(action: .settingsUpdated)) == 9)
            #expect(try await count(AuditFilter(target: "account:\(account.uuidString.lowercased())")) == 10)
            #expect(try await count(AuditFilter(from: start + 60, to: start + 180)) == 2)
            var (numbers, before): ([Int64], Int64?) = ([], nil)
            while case let page = try await log.records(AuditFilter(), before: before, limit: 4), let last = page.last {
                numbers += page.map(\.number)
                before = last.number
            }
            #expect(numbers.count == 10 && numbers == numbers.sorted(by: >))
            // The same through one's own route, which seals its cursors.
            let first = await browser.get("/me/audit?limit=4").json
            let cursor = try #require(first["nextCursor"].text)
            let second = await browser.get("/me/audit?limit=100&cursor=\(cursor)").json
            #expect(second["items"].items.count == 6 && second["nextCursor"] == .null)
            #expect(await browser.get("/me/audit?cursor=x").status == 400)
        }
    }

    @Test("Who is not let in is written down once in ten minutes a door; nobody at all only counts")
    func denials() async throws {
        try await IdentityBench.run { bench in
            let browser = try await bench.login(90_000_010)
            _ = await bench.send(.get, "/alphas")
            for _ in 0..<5 { #expect(await browser.get("/alphas").status == 403) }
            #expect(await browser.get("/top").status == 403)
            bench.clock.advance(by: .seconds(600))
            #expect(await browser.get("/alphas").status == 403)
            let denials = try await bench.audit(.authorizationDenied)
            #expect(denials.map(\.target) == ["route:GET /alphas", "route:GET /top", "route:GET /alphas"])
            #expect(denials[0].actorName == "Pilot 90000010" && denials[0].actor.address == "192.0.2.7")
        }
    }

    @Test("Nothing secret lies in the database or goes into the log")
    func canary() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, token: "canary-refresh-token")
            let admin = try #require(try await bench.principal(try await bench.login(IdentityBench.superAdmin)))
            let browser = Browser(bench)
            let state = try await browser.beginLogin()
            let login = try #require(browser[Cookies.login])
            let verifierDump = try await dump(bench)
            #expect(await browser.get("/auth/callback?code=code-90000010&state=\(state)").status == 302)
            let account = try await bench.account(of: 90_000_010).id
            let old = try #require(browser.session)
            _ = try await bench.identity.accounts.setRole(.fc, on: "alpha", of: account, by: admin, actor: .system)
            _ = await browser.send(.patch, "/me", #"{"email":"canary@example.org"}"#)
            let made = await browser.send(.post, "/me/api-keys", #"{"name":"x","features":["alpha"],"expiresInDays":1}"#)
            let key = try #require(made.json["key"].text)
            _ = await browser.get("/me")
            bench.clock.advance(by: .seconds(86_400))
            bench.signOn.fail(with: IdentityProviderError(.unavailable, "as scripted"))
            _ = try await bench.identity.upkeep.step()
            let secrets = [
                state, login, old, try #require(browser.session), key, "canary-refresh-token",
                try #require(bench.signOn.verifiers.last),
            ]
            let dumped = try await dump(bench)
            for secret in secrets {
                #expect(!dumped.contains(secret) && !verifierDump.contains(secret))
                #expect(!dumped.contains(secret.utf8.map { String(format: "%02x", $0) }.joined()), "as hexadecimal")
            }
            #expect(dumped.contains("canary@example.org"), "the dump sees what is there")
            let logged = bench.log.entries.map { "\($0)" }.joined()
            #expect(logged.contains("logged in"), "the log sees what is said")
            for secret in secrets + ["canary@example.org", "192.0.2.7"] { #expect(!logged.contains(secret)) }
            let audit = try await bench.identity.auditLog.records(AuditFilter(), before: nil, limit: 100)
            #expect(!"\(audit)".contains("canary"))
        }
    }

    private func dump(_ bench: IdentityBench) async throws -> String {
        var text = ""
        for table in ["account", "character", "session", "api_key", "login_attempt", "audit_log", "secret"] {
            text += try await PostgresFixture.shared.psql("SELECT * FROM kernel.\(table)", database: databaseName(bench.url))
        }
        return text
    }
}
