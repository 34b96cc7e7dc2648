import Foundation

/// A server that follows the feed: its memory when idle and after a whole recording, and what the recording takes on disk.
enum ReplayBenchmark {
    private static let idleSeconds = 10
    /// Resident, in megabytes of 1,048,576 bytes.
    private static let memoryAim = Figure.Aim.atMost(60)
    private static let patience = 1_800

    static func measureIdle(_ bench: Bench) async throws -> [Figure] {
        var figures: [Figure] = []
        try await whileFollowing(["--speed", "max", "--kills", "100"], bench) { server in
            try await server.waitUntilDone()
            try await Task.sleep(for: .seconds(idleSeconds))
            figures.append(
                Figure("resident when idle", value: try server.resident().now, unit: "MB", aim: memoryAim))
        }
        return figures
    }

    static func measure(_ bench: Bench) async throws -> [Figure] {
        let input = try await bench.killmails()
        let names = input.names.map { ["--names", $0] } ?? []
        var figures: [Figure] = []
        try await whileFollowing(["--replay", input.path, "--speed", "max"] + names, bench) { server in
            let clock = ContinuousClock()
            let start = clock.now
            try await server.waitUntilDone()
            let seconds = (clock.now - start) / .seconds(1)
            let resident = try server.resident()
            let bytes = try await server.bytesOnDisk()
            figures = [
                Figure("replayed over HTTP, with clustering", value: Double(input.count) / seconds, unit: "kills/s", aim: nil),
                Figure("resident after \(input.count) killmails", value: resident.now, unit: "MB", aim: memoryAim),
                Figure("resident at its peak meanwhile", value: resident.peak, unit: "MB", aim: nil),
                Figure("on disk per killmail", value: bytes / Double(input.count), unit: "bytes", aim: .atMost(1_500)),
            ]
        }
        return figures
    }

    private static func whileFollowing(
        _ simulator: [String], _ bench: Bench, _ body: (FollowingServer) async throws -> Void
    ) async throws {
        try await PrivateCluster.with(bench) { cluster in
            try await cluster.migrated("replay", bench)
            try await bench.withSimulator(simulator) { universe, published in
                let environment = cluster.environment("replay", bench).merging([
                    "R2Z2_URL": "\(universe)/r2z2", "ESI_URL": "\(universe)/esi",
                    "SDE_URL": "\(universe)/sde",
                    "BATTLESCOPE_OUTSIDE_TIME_SCALE": Bench.timeScale, "BATTLESCOPE_CONTACT": "bench@localhost",
                    "BATTLESCOPE_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "warning",
                ]) { $1 }
                _ = try await Program(bench.battlescope, ["sde", "import"], environment: environment).run()
                let server = Program(bench.battlescope, ["serve"], environment: environment)
                try await server.whileRunning(logTo: bench.temporary("server.log")) { process in
                    try await body(
                        FollowingServer(process: process, cluster: cluster, last: published, patience: patience, bench: bench))
                }
            }
        }
    }
}

/// A running `battlescope serve`.
private struct FollowingServer {
    let process: Int32
    let cluster: PrivateCluster
    /// The last number of the feed.
    let last: Int
    let patience: Int
    let bench: Bench

    /// Returns when every killmail is stored and clustered.
    func waitUntilDone() async throws {
        let question = """
            SELECT coalesce((SELECT max(cursor) FROM killmails.feed_state), 0) >= \(last)
                AND NOT EXISTS (SELECT FROM kernel.queue_item)
            """
        for _ in 0..<patience {
            if try await cluster.psql("replay", question).run().output.hasPrefix("t") { return }
            guard kill(process, 0) == 0 else { break }
            try await Task.sleep(for: .seconds(1))
        }
        let log = (try? String(contentsOfFile: bench.temporary("server.log"), encoding: .utf8)) ?? ""
        throw BenchmarkError("the server did not follow the feed to its end: \(log.suffix(2_000))")
    }

    /// Resident memory now and at its peak, in megabytes.
    func resident() throws -> (now: Double, peak: Double) {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        guard let now = Bench.number(after: "VmRSS:", in: status), let peak = Bench.number(after: "VmHWM:", in: status) else {
            throw BenchmarkError("/proc/\(process)/status does not tell the resident memory")
        }
        return (Double(now) / 1_024, Double(peak) / 1_024)
    }

    /// Tables and indexes of both plugins, without what earlier versions of rows left behind at their ends.
    func bytesOnDisk() async throws -> Double {
        let size = """
            SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('killmails', 'battle_reports') AND c.relkind = 'r'
            """
        let answer = try await cluster.psql("replay", "VACUUM", size).run().output
        guard let bytes = Double(answer.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw BenchmarkError("the size was \(answer)")
        }
        let tables = """
            SELECT n.nspname || '.' || coalesce((SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid),
                c.relname), sum(pg_table_size(c.oid)), sum(pg_indexes_size(c.oid))
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('killmails', 'battle_reports') AND c.relkind = 'r' GROUP BY 1 ORDER BY 2 DESC LIMIT 8
            """
        bench.say("largest tables (bytes of table, of indexes):\n" + (try await cluster.psql("replay", tables).run().output))
        return bytes
    }
}
