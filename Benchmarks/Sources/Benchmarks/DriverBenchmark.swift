import Foundation
import KernelAPI
import KernelPostgres

/// The driver against pgbench: one prepared statement of 20 rows over 8 connections.
///
/// pgbench drops the rows that it gets. So does the first line here; the second reads every cell, as a program does.
enum DriverBenchmark {
    private static let connections = 8
    private static let seconds = 3
    private static let setUp = """
        CREATE TABLE bench AS SELECT i::bigint AS id, i % 100 AS grp, 'pilot number ' || i AS name, i * 1.5::float8 AS value, \
        now() AS at FROM generate_series(1, 2000) i; CREATE INDEX ON bench (grp, id); ANALYZE bench
        """
    private static let rows = Statement("bench.rows", "SELECT id, name, value, at FROM bench WHERE grp = $1 ORDER BY id")

    static func measure(_ bench: Bench) async throws -> [Figure] {
        try await PrivateCluster.with(bench) { cluster in
            _ = try await cluster.psql("postgres", setUp).run()
            let script = bench.temporary("rows.sql")
            let text = "\\set g random(0, 99)\nSELECT id, name, value, at FROM bench WHERE grp = :g ORDER BY id;\n"
            try text.write(toFile: script, atomically: true, encoding: .utf8)
            let pgbench = Program(
                "\(cluster.bin)/pgbench",
                cluster.connection + ["-n", "-M", "prepared", "-c", "\(connections)", "-j", "2", "-T", "\(seconds)"]
                    + ["-f", script, "postgres"])
            return try await cluster.withDriver("postgres", connections: connections) { driver in
                let dropped = try await compare(driver, pgbench, readsCells: false, bench)
                let read = try await compare(driver, pgbench, readsCells: true, bench)
                return [
                    Figure("driver, rows dropped", pairs: dropped, unit: "/s", aim: .atLeast(0.8)),
                    Figure("driver, every cell read", pairs: read, unit: "/s", aim: .atLeast(0.8)),
                ]
            }
        }
    }

    private static func compare(
        _ driver: PostgresDatabase, _ pgbench: Program, readsCells: Bool, _ bench: Bench
    ) async throws -> [(ours: Double, peer: Double)] {
        try await alternating(
            bench.repeats, ours: { try await statementsPerSecond(driver, readsCells: readsCells) },
            peer: { try rate(of: try await pgbench.run().output) })
    }

    /// Transactions a second as pgbench says it.
    static func rate(of said: String) throws -> Double {
        let line = said.split(separator: "\n").first { $0.hasPrefix("tps = ") }
        guard let rate = line?.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) }) else {
            throw BenchmarkError("pgbench said: \(said)")
        }
        return rate
    }

    private static func statementsPerSecond(_ driver: PostgresDatabase, readsCells: Bool) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<connections {
                // As the driver's documentation advises for code that mostly waits for the database.
                group.addTask(executorPreference: driver.executor) {
                    var count = 0
                    while clock.now < end {
                        let answer = try await driver.query(rows, Int32((count * 7 + worker) % 100))
                        guard try answer.count == 20 && (!readsCells || sum(answer) != 0) else {
                            throw BenchmarkError("the driver returned \(answer.count) rows of 20")
                        }
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / ((clock.now - start) / .seconds(1))
    }

    /// Reads everything and makes something of it, so that nothing can be left out.
    private static func sum(_ rows: Rows) throws -> Int {
        var sum = 0
        for row in rows {
            var columns = row.columns
            let id: Int64 = try columns.next()
            let name: String = try columns.next()
            let value: Double = try columns.next()
            let time: Date = try columns.next()
            sum &+= Int(id) &+ name.utf8.count &+ Int(value) &+ (time.timeIntervalSince1970 > 0 ? 1 : 0)
        }
        return sum
    }
}
