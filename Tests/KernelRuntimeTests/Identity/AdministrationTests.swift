import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct AdministrationTests {
    /// A superadmin, an admin of alpha, and somebody without rights.
    private struct Cast {
        let superAdmin: Principal
        let admin: Principal
        let pilot: AccountID
        let accounts: AccountManager
    }

    private func cast(_ bench: IdentityBench) async throws -> Cast {
        let accounts = bench.identity.accounts
        let superAdmin = try #require(try await bench.principal(try await bench.login(IdentityBench.superAdmin)))
        let browser = try await bench.login(90_000_002)
        _ = try await bench.login(90_000_003)
        let admin = try await bench.account(of: 90_000_002).id
        _ = try await accounts.setRole(.admin, on: "alpha", of: admin, by: superAdmin, actor: .system)
        return Cast(
            superAdmin: superAdmin, admin: try #require(try await bench.principal(browser)),
            pilot: try await bench.account(of: 90_000_003).id, accounts: accounts)
    }

    private func problem(_ body: () async throws -> Void) async -> Problem? {
        do {
            try await body()
            return nil
        } catch {
            return error as? Problem
        }
    }

    @Test("An admin gives and takes roles on the own feature only, and nobody else's flag")
    func scope() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            let actor = AuditActor(accountID: cast.admin.accountID, address: "192.0.2.9", userAgent: "x")
            let record = try await cast.accounts.setRole(.fc, on: "alpha", of: cast.pilot, by: cast.admin, actor: actor)
            #expect(record.roles == ["alpha": .fc])
            for attempt in [
                { try await cast.accounts.setRole(.user, on: "beta", of: cast.pilot, by: cast.admin, actor: actor) },
                { try await cast.accounts.setRole(.user, on: "alpha", of: cast.admin.accountID, by: cast.admin, actor: actor) },
                {
                    try await cast.accounts.setRole(
                        .user, on: "alpha", of: cast.superAdmin.accountID, by: cast.admin, actor: actor)
                },
                { try await cast.accounts.setRoles(["alpha": .fc, "beta": .fc], of: cast.pilot, by: cast.admin, actor: actor) },
                { try await cast.accounts.setSuperAdmin(true, of: cast.pilot, by: cast.admin, actor: actor) },
                { try await cast.accounts.block(cast.superAdmin.accountID, reason: "x", by: cast.admin, actor: actor) },
                { try await cast.accounts.block(cast.admin.accountID, reason: "x", by: cast.admin, actor: actor) },
            ] as [@Sendable () async throws -> AccountRecord] {
                let problem = await problem { _ = try await attempt() }
                #expect(problem?.status == .forbidden && problem?.code == "insufficient_role")
            }
            #expect(try await cast.accounts.account(cast.pilot).roles == ["alpha": .fc])
            let granted = try await bench.audit(.roleGranted)
            #expect(granted.map(\.target).contains("account:\(cast.pilot.uuidString.lowercased())"))
            #expect(granted.first?.actor == actor && granted.first?.actorName == "Pilot 90000002")
            #expect(
                granted.first?.newValue.map { String(decoding: $0, as: UTF8.self) }
                    == #"{"roleKey": "fc", "featureKey": "alpha"}"#)
        }
    }

    @Test("All roles at once: what is not named is taken away; what exists nowhere is 404")
    func lists() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            let (accounts, superAdmin) = (cast.accounts, cast.superAdmin)
            _ = try await accounts.setRoles(["alpha": .user, "beta": .fc], of: cast.pilot, by: superAdmin, actor: .system)
            let record = try await accounts.setRoles(["beta": .director], of: cast.pilot, by: superAdmin, actor: .system)
            #expect(record.roles == ["beta": .director])
            let counts = try await [
                bench.audit(.roleGranted).count, bench.audit(.roleChanged).count, bench.audit(.roleRevoked).count,
            ]
            #expect(counts == [3, 1, 1])
            let unknown = await problem {
                _ = try await accounts.setRole(.user, on: "gamma", of: cast.pilot, by: superAdmin, actor: .system)
            }
            #expect(unknown?.status == .notFound && unknown?.message.contains("alpha, beta") == true)
            #expect(
                await problem { _ = try await accounts.setRole(.user, on: "alpha", of: UUID(), by: superAdmin, actor: .system) }?
                    .status == .notFound)
        }
    }

    @Test("What the principal may is looked up at the moment of the change, not before")
    func stalePrincipal() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            _ = try await cast.accounts.setRole(nil, on: "alpha", of: cast.admin.accountID, by: cast.superAdmin, actor: .system)
            let problem = await problem {
                _ = try await cast.accounts.setRole(.user, on: "alpha", of: cast.pilot, by: cast.admin, actor: .system)
            }
            #expect(problem?.code == "insufficient_role")
        }
    }

    @Test("A blocked account is told so at its next request and its next login; unblocked, it logs in anew")
    func blocking() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            let browser = try await bench.login(90_000_003)
            let record = try await cast.accounts.block(cast.pilot, reason: "Awox", by: cast.admin, actor: .system)
            #expect(record.isBlocked && record.blockedReason == "Awox" && record.activeSessions == 0)
            let next = await browser.get("/me")
            #expect(next.status == 403 && next.error == "account_blocked")
            let login = try await Browser(bench).logIn(90_000_003)
            #expect(login.status == 403 && login.error == "account_blocked" && login.cookies.isEmpty)
            _ = try await cast.accounts.unblock(cast.pilot, by: cast.admin, actor: .system)
            #expect(await browser.get("/me").status == 401)
            #expect(try await bench.login(90_000_003).session != nil)
            #expect(try await bench.audit(.blocked).count == 1)
            #expect(try await bench.audit(.unblocked).count == 1)
            #expect(try await bench.audit(.authorizationDenied).count == 1)
        }
    }

    @Test("The last superadmin can neither be demoted nor leave, and two of them cannot leave at the same time")
    func lastSuperAdmin() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            let (accounts, first) = (cast.accounts, cast.superAdmin)
            let demotion = await problem {
                _ = try await accounts.setSuperAdmin(false, of: first.accountID, by: first, actor: .system)
            }
            #expect(demotion?.code == "last_superadmin")
            let browser = try await bench.login(IdentityBench.superAdmin)
            #expect(await browser.send(.delete, "/me").error == "last_superadmin")
            _ = try await accounts.setSuperAdmin(true, of: cast.pilot, by: first, actor: .system)
            let second = try #require(try await bench.principal(try await bench.login(90_000_003)))
            let rights = try #require(try await AccountRights.of(first.accountID, in: bench.database))
            let (begun, begin) = AsyncStream.makeStream(of: Void.self)
            let outcome = Record<String>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await bench.database.transaction("test.first_leaves") { transaction in
                        try await accounts.setSuperAdmin(false, of: rights, by: .system, in: transaction)
                        begin.finish()
                        // Until the second one waits for the first, or did not.
                        while outcome.all.isEmpty, try await waiting(bench) == 0 { await Task.yield() }
                    }
                }
                group.addTask {
                    for await _ in begun {}
                    let problem = await problem {
                        _ = try await accounts.setSuperAdmin(false, of: second.accountID, by: second, actor: .system)
                    }
                    outcome.add(problem?.code ?? "left")
                }
                try await group.waitForAll()
            }
            #expect(outcome.all == ["last_superadmin"])
        }
    }

    private func waiting(_ bench: IdentityBench) async throws -> Int {
        try await bench.database.query(
            Statement(
                "test.waiting",
                """
                SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted
                """)
        ).scalar()
    }

    @Test("A superadmin who cannot log in does not count")
    func absentSuperAdmin() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            _ = try await cast.accounts.setSuperAdmin(true, of: cast.pilot, by: cast.superAdmin, actor: .system)
            bench.character(90_000_003, owner: "buyer")
            _ = try await bench.login(90_000_003)
            let problem = await problem {
                _ = try await cast.accounts.setSuperAdmin(
                    false, of: cast.superAdmin.accountID, by: cast.superAdmin, actor: .system)
            }
            #expect(problem?.code == "last_superadmin")
        }
    }

    @Test("Looking with another's rights shows theirs, changes nothing, and ends with one's own under a new token")
    func viewing() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            let browser = try await bench.login(IdentityBench.superAdmin)
            let before = try #require(browser.session)
            let principal = try #require(try await bench.principal(browser))
            let actor = AuditActor(accountID: principal.accountID)
            var headers = try await cast.accounts.view(as: cast.pilot, by: principal, actor: actor)
            browser.take(headers)
            #expect(await browser.get("/me").json["displayName"].text == "Pilot 90000003")
            #expect(await browser.get("/me/profile").json["viewedBy"].text == principal.accountID.uuidString.lowercased())
            #expect(await browser.get("/alphas").status == 403)
            #expect(await browser.get("/top").status == 403)
            let change = await browser.send(.patch, "/me", #"{"displayName":"Hacked"}"#)
            #expect(change.status == 403 && change.error == "read_only_view")
            #expect(await browser.send(.delete, "/me").status == 403)
            let viewing = try #require(try await bench.principal(browser))
            let nested = await problem { _ = try await cast.accounts.rename(cast.pilot, to: "x", by: viewing, actor: actor) }
            #expect(nested?.code == "read_only_view")
            let thief = Browser(bench)
            thief[Cookies.session] = before
            #expect(await thief.get("/me").status == 401)
            let during = try #require(browser.session)
            headers = try await cast.accounts.endView(by: viewing, actor: actor)
            browser.take(headers)
            #expect(await browser.get("/top").status == 204)
            thief[Cookies.session] = during
            #expect(await thief.get("/me").status == 401)
            #expect(try await bench.audit(.viewBegun).count == 1)
            #expect(try await bench.audit(.viewEnded).count == 1)
            let again = await problem { _ = try await cast.accounts.endView(by: cast.superAdmin, actor: actor) }
            #expect(again?.code == "not_viewing")
        }
    }

    @Test("Who stops being a superadmin stops looking; logging out while looking ends the session")
    func viewEnds() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            let other = try await bench.login(90_000_002)
            _ = try await cast.accounts.setSuperAdmin(true, of: cast.admin.accountID, by: cast.superAdmin, actor: .system)
            let principal = try #require(try await bench.principal(other))
            other.take(try await cast.accounts.view(as: cast.pilot, by: principal, actor: .system))
            #expect(await other.get("/me").status == 200)
            _ = try await cast.accounts.setSuperAdmin(false, of: cast.admin.accountID, by: cast.superAdmin, actor: .system)
            #expect(await other.get("/me").status == 401)
            let browser = try await bench.login(IdentityBench.superAdmin)
            let own = try #require(try await bench.principal(browser))
            browser.take(try await cast.accounts.view(as: cast.pilot, by: own, actor: .system))
            #expect(await browser.send(.post, "/auth/logout").status == 204)
            #expect(await browser.get("/me").status == 401)
            let onSuperAdmin = await problem {
                _ = try await cast.accounts.view(as: cast.superAdmin.accountID, by: cast.superAdmin, actor: .system)
            }
            #expect(onSuperAdmin?.code == "insufficient_role")
        }
    }

    @Test("The gate acts at once: who is denied now is told so, on open sessions and at the login")
    func gate() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            bench.character(90_000_020, corporation: 98_000_002)
            let outsider = try await bench.login(90_000_020)
            let gate = OrganisationGate(requiresMembership: true, allowedCorporationIDs: [98_000_001])
            #expect(try await bench.identity.gate.setGate(gate, by: cast.superAdmin, actor: .system) == gate)
            let next = await outsider.get("/me")
            #expect(next.status == 403 && next.error == "organisation_denied")
            #expect(try await Browser(bench).logIn(90_000_020).error == "organisation_denied")
            let lockout = await problem {
                _ = try await bench.identity.gate.setGate(
                    OrganisationGate(deniedCorporationIDs: [98_000_001]), by: cast.superAdmin, actor: .system)
            }
            #expect(lockout?.code == "would_deny_you")
            let notAllowed = await problem {
                _ = try await bench.identity.gate.setGate(OrganisationGate(), by: cast.admin, actor: .system)
            }
            #expect(notAllowed?.status == .forbidden)
            _ = try await bench.identity.gate.setGate(OrganisationGate(), by: cast.superAdmin, actor: .system)
            #expect(await outsider.get("/me").status == 401, "the session has ended; a new one begins with a login")
            #expect(try await bench.login(90_000_020).session != nil)
            #expect(try await bench.audit(.gateUpdated).count == 2)
        }
    }

    @Test("A stranger whom the gate denies leaves nothing behind, and one of whom ESI says nothing waits")
    func strangers() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            let gate = OrganisationGate(requiresMembership: true, allowedCorporationIDs: [98_000_001])
            _ = try await bench.identity.gate.setGate(gate, by: cast.superAdmin, actor: .system)
            bench.character(90_000_020, corporation: 98_000_002)
            #expect(try await Browser(bench).logIn(90_000_020).error == "organisation_denied")
            bench.directory.setAway(true)
            bench.character(90_000_021)
            let waiting = try await Browser(bench).logIn(90_000_021)
            #expect(waiting.status == 503 && waiting.error == "affiliation_unavailable")
            #expect(try await bench.login(90_000_003).session != nil, "what is known of the others still counts")
            #expect(try await cast.accounts.accounts(AccountFilter(), after: nil, limit: 10).count == 3)
        }
    }

    @Test("A character is checked against the gate with what ESI says now")
    func check() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            let manager = bench.identity.gate
            let gate = OrganisationGate(
                requiresMembership: true, allowedCorporationIDs: [98_000_001], deniedAllianceIDs: [99_000_009])
            _ = try await manager.setGate(gate, by: cast.superAdmin, actor: .system)
            bench.directory.move(5, to: Affiliation(corporationID: 98_000_001, allianceID: 99_000_009))
            bench.directory.forget(6)
            #expect(try await manager.check(eveCharacterID: 5) == .allianceDenied)
            #expect(try await manager.check(eveCharacterID: 90_000_003) == .corporationAllowed)
            #expect(await problem { _ = try await manager.check(eveCharacterID: 6) }?.status == .notFound)
            #expect(await problem { _ = try await manager.check(eveCharacterID: 7) }?.status == .serviceUnavailable)
        }
    }

    @Test("Accounts are found by name, status and role, page by page")
    func filters() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            for id in 90_000_030..<90_000_040 as Range<Int64> {
                bench.clock.advance(by: .seconds(1))
                _ = try await bench.login(id)
            }
            _ = try await cast.accounts.block(cast.pilot, reason: "x", by: cast.admin, actor: .system)
            func ids(_ filter: AccountFilter) async throws -> [Int64] {
                try await cast.accounts.accounts(filter, after: nil, limit: 100).map { $0.characters[0].eveCharacterID }
            }
            #expect(try await ids(AccountFilter(query: "pilot 9000003")).count == 10)
            #expect(try await ids(AccountFilter(query: "%")).isEmpty)
            #expect(try await ids(AccountFilter(query: "_ilot")).isEmpty)
            #expect(try await ids(AccountFilter(status: .blocked)) == [90_000_003])
            #expect(try await ids(AccountFilter(status: .active)).count == 12)
            #expect(try await ids(AccountFilter(feature: "alpha")) == [90_000_002])
            #expect(try await ids(AccountFilter(feature: "alpha", role: .director)) == [90_000_002])
            #expect(try await ids(AccountFilter(feature: "beta")).isEmpty)
            var (seen, position): ([UUID], AccountPosition?) = ([], nil)
            while case let page = try await cast.accounts.accounts(AccountFilter(), after: position, limit: 4),
                let last = page.last
            {
                seen += page.map(\.id)
                position = AccountPosition(createdAt: last.createdAt, id: last.id)
            }
            #expect(seen.count == 13 && Set(seen).count == 13)
        }
    }

    @Test("Access is explained route by route as a request would be judged")
    func access() async throws {
        try await IdentityBench.run { bench in
            let cast = try await cast(bench)
            _ = try await cast.accounts.setRole(.user, on: "alpha", of: cast.pilot, by: cast.admin, actor: .system)
            let browser = try await bench.login(90_000_003)
            let access = try await cast.accounts.access(of: cast.pilot)
            #expect(access.count == bench.mounted.all.count)
            for route in access where ["/alphas", "/betas", "/top"].contains(route.path) {
                let answer = await browser.send(HTTPRequest.Method(route.method) ?? .get, route.path)
                #expect(route.isAllowed == (answer.status < 300), "\(route.method) \(route.path): \(route.reason)")
            }
            #expect(
                access.first { $0.path == "/betas" }?.reason == "There is no role on beta, fc is needed.")
            _ = try await cast.accounts.block(cast.pilot, reason: "x", by: cast.admin, actor: .system)
            #expect(try await cast.accounts.access(of: cast.pilot).allSatisfy { !$0.isAllowed || $0.policy == "everybody" })
        }
    }
}

extension Browser {
    /// Cookies that an administration's route would hand on.
    func take(_ headers: HTTPFields) { take(BenchAnswer(Answer(Response(headers: headers, body: [])))) }
}
