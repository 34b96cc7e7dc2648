import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct AffiliationTests {
    @Test("Within the hour everybody is asked for again, in one call; who left loses the sessions, the others keep them")
    func leaving() async throws {
        try await IdentityBench.run { bench in
            let admin = try #require(try await bench.principal(try await bench.login(IdentityBench.superAdmin)))
            let gate = OrganisationGate(requiresMembership: true, allowedCorporationIDs: [98_000_001])
            _ = try await bench.identity.gate.setGate(gate, by: admin, actor: .system)
            var browsers: [Browser] = []
            for id in 90_000_010..<90_000_020 as Range<Int64> {
                bench.clock.advance(by: .seconds(60))
                browsers.append(try await bench.login(id))
            }
            let calls = bench.directory.calls.count
            bench.directory.move(90_000_013, to: Affiliation(corporationID: 98_000_002))
            #expect(try await bench.identity.upkeep.step() == .after(IdentityUpkeep.pause))
            #expect(bench.directory.calls.count == calls, "nobody is due")
            // Less than an hour after the login of the first one.
            bench.clock.advance(by: .seconds(2_400))
            _ = try await bench.identity.upkeep.step()
            #expect(bench.directory.calls.count == calls + 1 && bench.directory.calls.last?.count == 11)
            for (index, browser) in browsers.enumerated() {
                #expect(await browser.get("/me").status == (index == 3 ? 403 : 200))
            }
            #expect(await browsers[3].get("/me").error == "organisation_denied")
            let audit = try await bench.audit(.sessionInvalidated)
            #expect(audit.count == 1 && audit[0].actor == .system)
            let active = try await bench.account(of: 90_000_013).activeSessions
            #expect(active == 0)
        }
    }

    @Test("While ESI does not answer everything stays as it is, and is asked again")
    func away() async throws {
        try await IdentityBench.run { bench in
            let admin = try #require(try await bench.principal(try await bench.login(IdentityBench.superAdmin)))
            let gate = OrganisationGate(requiresMembership: true, allowedCorporationIDs: [98_000_001])
            _ = try await bench.identity.gate.setGate(gate, by: admin, actor: .system)
            let browser = try await bench.login(90_000_010)
            bench.directory.move(90_000_010, to: Affiliation(corporationID: 98_000_002))
            bench.directory.setAway(true)
            bench.clock.advance(by: .seconds(3_000))
            let calls = bench.directory.calls.count
            for _ in 0..<3 { _ = try await bench.identity.upkeep.step() }
            #expect(bench.directory.calls.count == calls + 1, "a pause between two attempts")
            #expect(await browser.get("/me").status == 200)
            bench.directory.setAway(false)
            bench.clock.advance(by: .seconds(300))
            _ = try await bench.identity.upkeep.step()
            #expect(await browser.get("/me").status == 403)
        }
    }

    @Test("Of two pods one asks")
    func pods() async throws {
        try await IdentityBench.run { bench in
            for id in 90_000_010..<90_000_020 as Range<Int64> { _ = try await bench.login(id) }
            bench.clock.advance(by: .seconds(3_000))
            let calls = bench.directory.calls.count
            try await bench.withSecondPod { second in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for pod in [bench, second, bench, second] { group.addTask { _ = try await pod.identity.upkeep.step() } }
                    try await group.waitForAll()
                }
            }
            let asked = bench.directory.calls.dropFirst(calls).flatMap(\.self)
            #expect(asked.count == 10 && Set(asked).count == 10)
        }
    }

    @Test("A character that ESI does not know stays what it was; an alliance that is left is gone")
    func details() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, alliance: 99_000_001)
            let browser = try await bench.login(90_000_010)
            bench.directory.move(90_000_010, to: nil)
            bench.directory.forget(90_000_010)
            bench.clock.advance(by: .seconds(3_000))
            _ = try await bench.identity.upkeep.step()
            #expect(await browser.get("/me").json["primaryCharacter"]["allianceId"].text == "99000001")
            bench.directory.move(90_000_010, to: Affiliation(corporationID: 98_000_007))
            bench.clock.advance(by: .seconds(3_000))
            _ = try await bench.identity.upkeep.step()
            let primary = await browser.get("/me").json["primaryCharacter"]
            #expect(primary["corpName"].text == "Organisation 98000007" && primary["allianceId"] == .null)
        }
    }

    @Test("What is over is cleared away")
    func clearing() async throws {
        try await IdentityBench.run { bench in
            let browser = Browser(bench)
            _ = try await browser.beginLogin()
            _ = try await bench.login(90_000_010)
            bench.clock.advance(by: .seconds(2_592_000))
            _ = try await bench.identity.upkeep.step()
            for table in ["session", "login_attempt"] {
                let count = try await PostgresFixture.shared.psql(
                    "SELECT count(*) FROM kernel.\(table)", database: databaseName(bench.url))
                #expect(count.hasPrefix("0"), "\(table)")
            }
        }
    }
}

@Suite struct CharacterTokenTests {
    private func status(_ bench: IdentityBench, _ browser: Browser) async -> String? {
        await browser.get("/me").json["characters"][0]["tokenStatus"].text
    }

    private func stored(_ bench: IdentityBench) async throws -> String? {
        let row = try await bench.database.query(
            Statement(
                "test.token", "SELECT eve_character_id, refresh_token FROM kernel.character WHERE refresh_token IS NOT NULL")
        ).first
        guard let row else { return nil }
        return bench.keys.open(try row.decode(1, as: SQLBytes.self).bytes, for: CharacterWriter.owner(try row.decode(0)))
    }

    @Test("Once a day a token is refreshed and its successor kept")
    func refresh() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, token: "secret-1")
            let browser = try await bench.login(90_000_010)
            #expect(await status(bench, browser) == "valid")
            _ = try await bench.identity.upkeep.step()
            #expect(bench.signOn.refreshed.isEmpty)
            bench.clock.advance(by: .seconds(86_400))
            _ = try await bench.identity.upkeep.step()
            #expect(bench.signOn.refreshed == ["secret-1"])
            #expect(try await stored(bench) == "secret-1+")
            _ = try await bench.identity.upkeep.step()
            #expect(bench.signOn.refreshed.count == 1)
        }
    }

    @Test("Two pods refresh a token once")
    func pods() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, token: "secret-1")
            _ = try await bench.login(90_000_010)
            bench.clock.advance(by: .seconds(86_400))
            try await bench.withSecondPod { second in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for pod in [bench, second, bench, second] { group.addTask { _ = try await pod.identity.upkeep.step() } }
                    try await group.waitForAll()
                }
            }
            #expect(bench.signOn.refreshed == ["secret-1"])
            #expect(try await stored(bench) == "secret-1+")
        }
    }

    @Test("A login while a token is refreshed wins: what the refresh brought is dropped")
    func race() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, token: "secret-1")
            _ = try await bench.login(90_000_010)
            bench.clock.advance(by: .seconds(86_400))
            let tokens = bench.identity.upkeep.tokens
            let claimed = try #require(try await tokens.claim(checkedBefore: bench.clock.now, at: bench.clock.now))
            bench.character(90_000_010, token: "secret-2")
            _ = try await bench.login(90_000_010)
            bench.character(90_000_010, token: "secret-1")
            try await tokens.refresh(claimed, bench.signOn)
            #expect(try await stored(bench) == "secret-2")
        }
    }

    @Test("A dead grant is disabled; one that could not be asked for is tried again tomorrow")
    func dead() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, token: "secret-1")
            let browser = try await bench.login(90_000_010)
            bench.clock.advance(by: .seconds(86_400))
            bench.signOn.fail(with: IdentityProviderError(.unavailable, "as scripted", rotatedToken: Secret("secret-9")))
            _ = try await bench.identity.upkeep.step()
            bench.signOn.fail(with: nil)
            #expect(try await stored(bench) == "secret-9", "the successor came along with the failure")
            bench.signOn.fail(with: IdentityProviderError(.grantRefused, "as scripted"))
            bench.clock.advance(by: .seconds(86_400))
            _ = try await bench.identity.upkeep.step()
            bench.signOn.fail(with: nil)
            #expect(try await stored(bench) == nil)
            _ = try await browser.logIn(90_000_010)
            #expect(await status(bench, browser) == "valid")
        }
    }

    @Test("A refresh that comes back with another owner takes the character from its account")
    func sold() async throws {
        try await IdentityBench.run { bench in
            bench.character(90_000_010, token: "secret-1")
            let browser = try await bench.login(90_000_010)
            bench.character(90_000_010, owner: "buyer", token: "secret-1")
            bench.clock.advance(by: .seconds(20_000))
            #expect(await browser.get("/me").status == 200)
            bench.clock.advance(by: .seconds(20_000))
            #expect(await browser.get("/me").status == 200)
            for _ in 0..<3 {
                bench.clock.advance(by: .seconds(18_000))
                _ = await browser.get("/me")
            }
            _ = try await bench.identity.upkeep.step()
            #expect(await browser.get("/me").status == 401)
            #expect(try await bench.audit(.characterTransferred).count == 1)
        }
    }

    @Test("A new first key encrypts what is there anew; a token without its key is given up")
    func rotation() async throws {
        let oldText = EncryptionKeys.newKeyText(id: "a")
        let newText = EncryptionKeys.newKeyText(id: "b")
        try await IdentityBench.run({ $0.keys = (try? EncryptionKeys(text: oldText)) ?? .ephemeral() }) { bench in
            bench.character(90_000_010, token: "secret-1")
            let browser = try await bench.login(90_000_010)
            func pod(_ text: String) throws -> IdentityBench {
                bench.again { $0.keys = (try? EncryptionKeys(text: text)) ?? .ephemeral() }
            }
            _ = try await pod("\(newText),\(oldText)").identity.upkeep.step()
            let both = try EncryptionKeys(text: newText)
            let row = try #require(
                try await bench.database.query(Statement("test.sealed", "SELECT refresh_token FROM kernel.character")).first)
            #expect(both.open(try row.decode(0, as: SQLBytes.self).bytes, for: CharacterWriter.owner(90_000_010)) == "secret-1")
            _ = try await pod(EncryptionKeys.newKeyText(id: "c")).identity.upkeep.step()
            #expect(await status(bench, browser) == "revoked")
        }
    }
}
