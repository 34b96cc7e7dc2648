import Foundation
import KernelAPI

/// Requests a second against Node's `http` and against pgbench, and allocations a request.
enum HTTPBenchmark {
    static let connections = 8
    private static let seconds = 3
    private static let clients = 32
    private static let countedRequests = 20_000
    static let rows = Statement(
        "load.rows", "SELECT id, name, value, at FROM load WHERE grp = $1 AND id > $2 ORDER BY id LIMIT 20")
    private static let setUp = """
        CREATE TABLE load AS SELECT i::bigint AS id, i % 20 AS grp, 'pilot number ' || i AS name, i * 1.5::float8 AS value, \
        now() AS at FROM generate_series(1, 2000) i; CREATE INDEX ON load (grp, id); ANALYZE load
        """

    static func measure(_ bench: Bench) async throws -> [Figure] {
        guard (try? await Program("wrk", ["-v"]).run(allowing: [0, 1])) != nil else {
            throw BenchmarkError("wrk is missing: apt-get install wrk")
        }
        return try await PrivateCluster.with(bench) { cluster in
            _ = try await cluster.psql("postgres", setUp).run()
            let url = cluster.url("postgres")
            var figures: [Figure] = []
            try await Program(ownPath, [HTTPServerProgram.name, url]).whileRunning(until: "listening on ") { line in
                let server = try address(line)
                figures += [
                    Figure("http, /livez", pairs: try await against(node: "/livez", server, bench), unit: "/s", aim: .atLeast(1)),
                    Figure(
                        "http, list of 20 from memory", pairs: try await against(node: "/load/list", server, bench), unit: "/s",
                        aim: .atLeast(1)),
                    Figure(
                        "http, list of 20 from PostgreSQL", pairs: try await againstDatabase(server, cluster, bench), unit: "/s",
                        aim: .atLeast(0.5)),
                ]
            }
            return figures + (try await allocations(url, bench))
        }
    }

    /// This program, once more.
    private static var ownPath: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }

    private static func address(_ line: String) throws -> String {
        guard let url = line.split(separator: " ").first(where: { $0.hasPrefix("http://") }) else {
            throw BenchmarkError("the server said: \(line)")
        }
        return String(url)
    }

    private static func against(node path: String, _ server: String, _ bench: Bench) async throws -> [(
        ours: Double, peer: Double
    )] {
        let answer = try await Program("curl", ["-s", "-f", server + path]).run().output
        let file = bench.temporary("answer")
        try answer.write(toFile: file, atomically: true, encoding: .utf8)
        let type = path == "/livez" ? "text/plain; charset=utf-8" : "application/json"
        var pairs: [(ours: Double, peer: Double)] = []
        try await Program("node", [bench.peer("http.mjs"), file, type]).whileRunning(until: "listening on ") { line in
            let peer = try address(line)
            pairs = try await alternating(
                bench.repeats, ours: { try await requestsPerSecond(server + path) }, peer: { try await requestsPerSecond(peer) })
        }
        return pairs
    }

    private static func againstDatabase(
        _ server: String, _ cluster: PrivateCluster, _ bench: Bench
    ) async throws -> [(ours: Double, peer: Double)] {
        let script = bench.temporary("load.sql")
        let text =
            "\\set g 7\n\\set a 100\nSELECT id, name, value, at FROM load WHERE grp = :g AND id > :a ORDER BY id LIMIT 20;\n"
        try text.write(toFile: script, atomically: true, encoding: .utf8)
        let pgbench = Program(
            "\(cluster.bin)/pgbench",
            cluster.connection + ["-n", "-M", "prepared", "-c", "\(connections)", "-j", "2", "-T", "\(seconds)"]
                + ["-f", script, "postgres"])
        return try await alternating(
            bench.repeats, ours: { try await requestsPerSecond(server + "/load/rows?after=100") },
            peer: { try DriverBenchmark.rate(of: try await pgbench.run().output) })
    }

    private static func requestsPerSecond(_ url: String) async throws -> Double {
        let said = try await Program("wrk", ["-t", "1", "-c", "\(clients)", "-d", "\(seconds)s", url]).run().output
        guard !said.contains("Non-2xx"), !said.contains("Socket errors"),
            let line = said.split(separator: "\n").first(where: { $0.hasPrefix("Requests/sec:") }),
            let rate = line.split(separator: " ").last.flatMap({ Double($0) })
        else { throw BenchmarkError("wrk said: \(said)") }
        return rate
    }

    /// With jemalloc, whose counters are exact when threads have no caches of their own.
    private static func allocations(_ url: String, _ bench: Bench) async throws -> [Figure] {
        var figures: [Figure] = []
        let environment = ["LD_PRELOAD": "libjemalloc.so.2", "MALLOC_CONF": "tcache:false"]
        try await Program(ownPath, [HTTPServerProgram.name, url], environment: environment).whileRunning(
            until: "listening on "
        ) { line in
            let server = try address(line)
            for (name, path) in [("/livez", "/livez"), ("list of 20 from memory", "/load/list")] {
                // Once, for what is allocated once.
                _ = try await counted(server, path, requests: 1_000)
                let count = try await counted(server, path, requests: countedRequests)
                figures.append(Figure("http, allocations a request: \(name)", value: count, unit: "", aim: nil))
            }
        }
        return figures
    }

    private static func counted(_ server: String, _ path: String, requests: Int) async throws -> Double {
        let before = try await allocations(server)
        // One connection: what a connection costs is not what a request costs.
        _ = try await Program("node", ["-e", Self.caller, server + path, "\(requests)"]).run()
        return Double(try await allocations(server) - before) / Double(requests)
    }

    private static func allocations(_ server: String) async throws -> Int {
        let said = try await Program("curl", ["-s", "-f", server + "/load/allocations"]).run().output
        guard let count = Int(said.filter(\.isNumber)) else { throw BenchmarkError("no count of allocations: \(said)") }
        return count
    }

    private static let caller = """
        const http = require("node:http"); const [url, count] = process.argv.slice(1); \
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 }); let left = Number(count); \
        const next = () => { if (left-- === 0) return agent.destroy(); \
        http.get(url, { agent }, (answer) => { answer.resume(); answer.on("end", next); }); }; next();
        """
}
