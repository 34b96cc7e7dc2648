import EVE
import Foundation
import KernelAPI
import KernelPostgres
import KernelTesting
import Killmails

@testable import BattleReports

/// Both plugins on a database of their own: killmails are stored as the ingest does it, and clustered step by step.
struct BattlesBench: Sendable {
    let kernel: TestKernel
    let log: LogRecorder
    let store: KillmailStore

    static let clusterer = "battle-reports.clusterer"

    static func run(variables: [String: String] = [:], _ body: @Sendable (BattlesBench) async throws -> Void) async throws {
        let log = LogRecorder()
        try await TestKernel.run(
            [KillmailsPlugin.self, BattleReportsPlugin.self], variables: variables, contracts: contracts, logger: log.logger
        ) { kernel in
            let store = KillmailStore(
                database: kernel.database, stored: kernel.host.queue(QueueName(rawValue: StoredKillmails.queue)),
                clock: kernel.clock, retentionMonths: 1_200)
            try await body(BattlesBench(kernel: kernel, log: log, store: store))
        }
    }

    static var contracts: ContractRegistry {
        var contracts = ContractRegistry()
        contracts.offer(SilentFeed(), as: (any KillmailFeed).self)
        contracts.offer(NobodyToAsk(), as: (any KillmailSource).self)
        contracts.offer(NobodyToAsk(), as: (any NameSource).self)
        return contracts
    }

    /// Stores and clusters.
    func add(_ killmails: [Killmail]) async throws {
        try await store.store(killmails, source: "test")
        try await kernel.drain(Self.clusterer)
    }

    /// Announces killmails again, as a queue may.
    func announce(_ ids: [Int64]) async throws {
        let queue = kernel.host.queue(QueueName(rawValue: StoredKillmails.queue))
        try await kernel.database.transaction("test.announce") { try await queue.push(ids, in: $0) }
    }

    // MARK: Looking

    func number(_ statement: Statement) async throws -> Int { try await kernel.database.query(statement).scalar() }

    func texts(_ statement: Statement) async throws -> [String?] {
        try await kernel.database.query(statement).map { try $0.decode(0) }
    }

    /// The kills of each living battle.
    func partition() async throws -> Set<[Int64]> {
        Set(try await kernel.database.query(Self.selectPartition).map { try $0.decode(0, as: [Int64].self) })
    }

    func livingBattles() async throws -> Set<UUID> {
        Set(try await kernel.database.query(Self.selectLiving).map { try $0.decode(0, as: UUID.self) })
    }

    /// The one battle that there is.
    func onlyBattle() async throws -> UUID {
        let living = try await livingBattles()
        guard living.count == 1, let only = living.first else { throw NotOne(count: living.count) }
        return only
    }

    /// `id reason` of each killmail that does not take part.
    func rejections() async throws -> [String?] {
        try await texts(
            Statement(
                "test.rejections",
                "SELECT killmail_id || ' ' || reason FROM battle_reports.rejected_killmail ORDER BY killmail_id"))
    }

    struct NotOne: Error { let count: Int }

    private static let selectPartition = Statement(
        "test.partition",
        """
        SELECT array_agg(killmail_id ORDER BY killmail_id) FROM battle_reports.battle_killmails
        WHERE battle_id IS NOT NULL GROUP BY battle_id
        """)
    private static let selectLiving = Statement("test.living", "SELECT id FROM battle_reports.battle WHERE total_kills > 0")
}

private struct NobodyToAsk: KillmailSource, NameSource {
    func killmail(_ id: KillmailID, hash: String) async throws -> Killmail { throw CancellationError() }
    func names(_ ids: [Int64]) async throws -> NameAnswer { NameAnswer() }
}
