import Foundation

/// Measures BattleScope against peers, prints one table. Missed aims are shown; only a measurement that fails is an error.
@main
struct Benchmarks {
    static func main() async {
        do {
            if CommandLine.arguments.count == 3, CommandLine.arguments[1] == HTTPServerProgram.name {
                return try await HTTPServerProgram.run(CommandLine.arguments[2])
            }
            let arguments = Set(CommandLine.arguments.dropFirst())
            if let unknown = arguments.subtracting(groups.map(\.name)).sorted().first {
                throw BenchmarkError("unknown group \(unknown): expected some of \(groups.map(\.name).joined(separator: ", "))")
            }
            let bench = try Bench(environment: ProcessInfo.processInfo.environment)
            defer { bench.cleanUp() }
            var figures: [Figure] = []
            for group in groups where arguments.isEmpty || arguments.contains(group.name) {
                bench.say("\(group.name): \(group.what)")
                figures += try await group.measure(bench)
            }
            Bench.write(table(of: figures), to: .standardOutput)
        } catch {
            Bench.write("bench: \(error)\n", to: .standardError)
            exit(1)
        }
    }

    private struct Group: Sendable {
        let name: String
        let what: String
        let measure: @Sendable (Bench) async throws -> [Figure]
    }

    /// In the order in which they run. `replay` comes last: it takes longest.
    private static let groups = [
        Group(name: "analyze", what: "a file of killmails to battles, against Node", measure: AnalyzeBenchmark.measure),
        Group(name: "driver", what: "statements a second, against pgbench", measure: DriverBenchmark.measure),
        Group(name: "http", what: "requests a second, against Node and pgbench", measure: HTTPBenchmark.measure),
        Group(name: "store", what: "storing killmails, against \\copy", measure: StoreBenchmark.measure),
        Group(name: "idle", what: "memory of a server that has nothing to do", measure: ReplayBenchmark.measureIdle),
        Group(name: "replay", what: "memory and disk after a whole recording", measure: ReplayBenchmark.measure),
    ]
}

/// Why nothing was measured.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
