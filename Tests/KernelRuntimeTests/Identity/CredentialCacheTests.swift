import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct CredentialCacheTests {
    /// Runs what identity needs to run, until `body` ends.
    private func running(_ bench: IdentityBench, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bench.signals.run() }
            for service in bench.identity.running.prefix(1) { group.addTask { try await service.run() } }
            try await until { bench.signals.isListening }
            try await body()
            group.cancelAll()
        }
    }

    @Test("While the pod hears of changes, a known credential costs no query; else each request costs one")
    func cost() async throws {
        try await IdentityBench.run { bench in
            let counter = CountingDatabase(bench.database)
            let hears = Mutex(true)
            let authenticator = SessionAuthenticator(
                store: CredentialStore(database: counter), cache: CredentialCache(), clock: bench.clock, idle: .seconds(28_800),
                address: bench.identity.address,
                denials: DenialLog(database: counter, clock: bench.clock, audit: bench.identity.audit, logger: silent),
                views: ViewRegister()
            ) { hears.withLock { $0 } }
            let browser = try await bench.login(90_000_010)
            func ask() async throws -> Int {
                let before = counter.count
                _ = try #require(
                    try await authenticator.principal(
                        of: RequestHead(method: .get, path: "/", headers: browser.headers(.get), clientAddress: nil)))
                return counter.count - before
            }
            #expect(try await ask() == 1)
            #expect(try await ask() == 0)
            bench.clock.advance(by: .seconds(60))
            #expect(try await ask() == 2, "asked again after a minute, and the use is written down")
            #expect(try await ask() == 0)
            hears.withLock { $0 = false }
            #expect(try await ask() == 1)
            #expect(try await ask() == 1)
        }
    }

    @Test("A role that is taken away on one pod is gone on the other, though it had it in its cache")
    func otherPod() async throws {
        try await IdentityBench.run { bench in
            let admin = try await bench.login(IdentityBench.superAdmin)
            let pilot = try await bench.login(90_000_010)
            let principal = try #require(try await bench.principal(admin))
            let account = try await bench.account(of: 90_000_010).id
            _ = try await bench.identity.accounts.setRole(.user, on: "alpha", of: account, by: principal, actor: .system)
            try await bench.withSecondPod { second in
                try await running(second) {
                    let headers = pilot.headers(.get)
                    #expect(await second.send(.get, "/alphas", headers: headers).status == 200)
                    #expect(second.identity.cache.count > 0)
                    _ = try await bench.identity.accounts.setRole(nil, on: "alpha", of: account, by: principal, actor: .system)
                    // The signal is on its way.
                    try await until { second.identity.cache.count == 0 }
                    #expect(await second.send(.get, "/alphas", headers: headers).status == 403)
                }
            }
        }
    }

    @Test("On the pod that makes it a change acts with the next request")
    func samePod() async throws {
        try await IdentityBench.run { bench in
            let admin = try await bench.login(IdentityBench.superAdmin)
            let pilot = try await bench.login(90_000_010)
            let principal = try #require(try await bench.principal(admin))
            let account = try await bench.account(of: 90_000_010).id
            try await running(bench) {
                for role in [Role.user, nil, .fc, nil] as [Role?] {
                    _ = try await bench.identity.accounts.setRole(role, on: "alpha", of: account, by: principal, actor: .system)
                    #expect(await pilot.get("/alphas").status == (role == nil ? 403 : 200))
                }
                _ = try await bench.identity.accounts.block(account, reason: "Test", by: principal, actor: .system)
                let answer = await pilot.get("/alphas")
                #expect(answer.status == 403 && answer.error == "account_blocked")
            }
        }
    }

    @Test("Without an answer of the database every request is 503, also with a warm cache")
    func databaseAway() async throws {
        try await IdentityBench.run { bench in
            let pilot = try await bench.login(90_000_010)
            try await running(bench) {
                #expect(await pilot.get("/alphas").status == 403)
                let name = databaseName(bench.url)
                try await PostgresFixture.shared.psql(
                    """
                    ALTER DATABASE \(name) ALLOW_CONNECTIONS false;
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'
                    """)
                // The driver sees the end of its connections; no time passes but that.
                try await until { !bench.signals.isListening }
                let answer = await pilot.get("/alphas")
                #expect(answer.status == 503 && answer.error == "database_unavailable")
                try await PostgresFixture.shared.psql("ALTER DATABASE \(name) ALLOW_CONNECTIONS true")
            }
        }
    }

    @Test("A change of a superadmin concerns the accounts that they looked as; beyond a bound everybody")
    func views() {
        let (register, superAdmin, others) = (ViewRegister(), UUID(), (0..<ViewRegister.most).map { _ in UUID() })
        #expect(register.concerned(by: [superAdmin]) == [superAdmin])
        register.note(superAdmin, as: others[0])
        #expect(register.concerned(by: [superAdmin]) == [superAdmin, others[0]])
        #expect(register.concerned(by: [others[0]]) == [others[0]])
        for other in others { register.note(superAdmin, as: other) }
        #expect(register.concerned(by: [superAdmin])?.count == ViewRegister.most + 1)
        register.note(superAdmin, as: UUID())
        #expect(register.concerned(by: [superAdmin]) == nil)
    }

    @Test("What was read before a change is not kept after it, and old entries make room")
    func bounds() async throws {
        try await IdentityBench.run { bench in
            let pilot = try await bench.login(90_000_010)
            let token = try #require(pilot.session.flatMap { SecretToken($0) })
            let known = try #require(try await CredentialStore(database: bench.database).session(token.hash))
            let (cache, now) = (CredentialCache(most: 100), bench.clock.now)
            let epoch = cache.epoch
            cache.forget([UUID()])
            cache.keep(known, for: token.hash, readAt: now, since: epoch)
            #expect(cache.count == 0)
            for _ in 0..<1_000 { cache.keep(known, for: SecretToken.random().hash, readAt: now, since: cache.epoch) }
            #expect(cache.count <= 100)
            cache.keep(known, for: token.hash, readAt: now, since: cache.epoch)
            #expect(cache.find(token.hash, at: now + 59) != nil && cache.find(token.hash, at: now + 60) == nil)
            #expect(cache.find(token.hash, at: now - 1) == nil)
            cache.forget([known.rights.id])
            #expect(cache.count == 0)
        }
    }
}

/// Counts the statements that go through it.
final class CountingDatabase: Database {
    private let base: any Database
    private let counter = Mutex(0)

    init(_ base: any Database) { self.base = base }

    var count: Int { counter.withLock { $0 } }

    func query(_ statement: Statement, bindings: Bindings) async throws -> Rows {
        counter.withLock { $0 += 1 }
        return try await base.query(statement, bindings: bindings)
    }

    func pipeline(_ batch: [BoundStatement]) async throws -> [Rows] {
        counter.withLock { $0 += batch.count }
        return try await base.pipeline(batch)
    }

    func transaction<Result: Sendable>(
        _ name: StaticString, isolation: IsolationLevel, _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result {
        counter.withLock { $0 += 1 }
        return try await base.transaction(name, isolation: isolation, body)
    }
}
