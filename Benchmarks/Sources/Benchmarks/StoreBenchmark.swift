import EVE
import Foundation
import KernelAPI
import KernelPostgres
import Killmails

/// Storing killmails as the plugin does, against psql's `\copy` of the rows that came of it: same schema, same indexes, same
/// constraints, one connection on each side.
enum StoreBenchmark {
    /// As many as a replay hands over at once.
    private static let batch = 1_000
    /// What storing writes, in the order of the foreign keys.
    private static let tables = [
        (table: "killmails.name", columns: "id, category, name, attempts, next_attempt_at"),
        (table: "killmails.killmail", columns: "killmail_id, occurred_at, hash"),
        (
            table: "killmails.detail",
            columns: """
            killmail_id, occurred_at, system_id, victim_character_id, victim_corporation_id, victim_alliance_id, \
            victim_faction_id, victim_ship_type_id, damage_taken, attacker_count, security_type, total_value, attackers
            """
        ),
        (table: "kernel.queue_item", columns: "queue, key"),
    ]

    static func measure(_ bench: Bench) async throws -> [Figure] {
        let input = try await bench.killmails()
        let killmails = try await KillmailLines.readAll(path: input.path, now: Date(), stopAtError: true).values
        return try await PrivateCluster.with(bench) { cluster in
            try await cluster.migrated("empty", bench)
            try await makeRows(killmails, cluster, bench)
            let pairs = try await alternating(
                // Half a minute each: fewer repeats than elsewhere.
                max(1, bench.repeats / 2),
                ours: {
                    try await cluster.copy(of: "empty", named: "ours")
                    let seconds = try await store(killmails, in: "ours", cluster)
                    try await cluster.drop("ours")
                    return Double(killmails.count) / seconds
                },
                peer: {
                    // With the partitions, but without rows.
                    try await cluster.copy(of: "months", named: "peer")
                    let seconds = try await cluster.psql("peer", tables.map { copy($0, "FROM", bench) }).run().seconds
                    try await cluster.drop("peer")
                    return Double(killmails.count) / seconds
                })
            return [Figure("store \(killmails.count) killmails", pairs: pairs, unit: "kills/s", aim: .atLeast(0.5))]
        }
    }

    /// Stores once and keeps what came of it as files, and an empty database with the same partitions.
    private static func makeRows(_ killmails: [Killmail], _ cluster: PrivateCluster, _ bench: Bench) async throws {
        try await cluster.copy(of: "empty", named: "months")
        _ = try await store(killmails, in: "months", cluster)
        _ = try await cluster.psql("months", tables.map { copy($0, "TO", bench) }).run()
        let names = tables.map(\.table).joined(separator: ", ")
        _ = try await cluster.psql("months", ["TRUNCATE \(names) CASCADE"]).run()
    }

    private static func copy(_ table: (table: String, columns: String), _ direction: String, _ bench: Bench) -> String {
        let file = bench.temporary(table.table)
        return direction == "TO"
            ? "\\copy (SELECT \(table.columns) FROM \(table.table)) TO '\(file)'"
            : "\\copy \(table.table) (\(table.columns)) FROM '\(file)'"
    }

    /// - Returns: seconds.
    private static func store(_ killmails: [Killmail], in database: String, _ cluster: PrivateCluster) async throws -> Double {
        try await cluster.withDriver(database, connections: 1) { driver in
            try await driver.ping()
            let store = KillmailStore(
                database: driver, stored: KernelQueue(name: "killmails.stored"), clock: SystemClock(), retentionMonths: 60)
            let clock = ContinuousClock()
            let start = clock.now
            var stored = 0
            for first in stride(from: 0, to: killmails.count, by: batch) {
                let part = killmails[first..<min(first + batch, killmails.count)]
                stored += try await store.store(Array(part), source: "bench").stored
            }
            let elapsed = clock.now - start
            guard stored == killmails.count else { throw BenchmarkError("\(stored) of \(killmails.count) were stored") }
            return elapsed / .seconds(1)
        }
    }
}

/// The kernel's queue, which is not part of what plugins can see: the same two statements.
private struct KernelQueue: Queue {
    let name: QueueName

    func push(_ keys: [Int64], in transaction: any Transaction) async throws {
        _ = try await transaction.pipeline([
            BoundStatement(Self.insert, name.rawValue, keys), BoundStatement(Self.notify, "battlescope_queue", name.rawValue),
        ])
    }

    func take(atMost limit: Int, in transaction: any Transaction) async throws -> [Int64] { [] }

    private static let insert = Statement(
        "bench.push_queue", "INSERT INTO kernel.queue_item (queue, key) SELECT $1, unnest($2::bigint[])")
    private static let notify = Statement("bench.notify_queue", "SELECT pg_notify($1, $2)")
}
