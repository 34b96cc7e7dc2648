import Foundation

/// Where things are, and what the groups share.
final class Bench {
    let root: URL
    let directory: URL
    /// How often each pair is measured.
    let repeats: Int
    private let recordings: URL?
    private var input: Input?

    /// Killmails to measure with.
    struct Input {
        /// NDJSON, not compressed.
        let path: String
        let count: Int
        /// Names for the simulator, where there are any.
        let names: String?
    }

    /// About as many as zKillboard sees in nine days.
    private static let copies = 20
    private static let simulatedKills = 7_500

    init(environment: [String: String]) throws {
        root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL
        directory = FileManager.default.temporaryDirectory.appending(path: "battlescope-bench-\(UUID().uuidString)")
        guard let repeats = Int(environment["REPEATS"] ?? "5"), repeats > 0 else {
            throw BenchmarkError("REPEATS=\(environment["REPEATS"] ?? "") is no number above 0")
        }
        self.repeats = repeats
        recordings = environment["DATA"].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
        for program in [battlescope, simulator] where !FileManager.default.isExecutableFile(atPath: program) {
            throw BenchmarkError("\(program) is missing: run make release")
        }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    func cleanUp() { try? FileManager.default.removeItem(at: directory) }

    var battlescope: String { root.appending(path: ".build/release/battlescope").path }
    var simulator: String { root.appending(path: ".build/release/eve-simulator").path }
    func peer(_ name: String) -> String { root.appending(path: "Benchmarks/peers/\(name)").path }
    func temporary(_ name: String) -> String { directory.appending(path: name).path }

    func say(_ text: String) { Self.write("bench: \(text)\n", to: .standardError) }
    static func write(_ text: String, to handle: FileHandle) { try? handle.write(contentsOf: Data(text.utf8)) }

    /// The recording of DATA twenty times, else as many killmails of the simulated universe.
    func killmails() async throws -> Input {
        if let input { return input }
        let short: String
        var names: String?
        if let recordings {
            let folder = recordings.appending(path: "killmails")
            short = folder.appending(path: "jspace-2024.ndjson.gz").path
            names = folder.appending(path: "jspace-2024.names.json").path
        } else {
            short = temporary("simulated.ndjson")
            let kills = Self.simulatedKills
            try await withSimulator(["--seed", "1", "--speed", "max", "--kills", "\(kills)"]) { universe, _ in
                _ = try await Program("node", [peer("simulated.mjs"), "\(universe)/r2z2", "\(kills)", short]).run()
            }
        }
        let path = temporary("killmails.ndjson")
        let said = try await Program("node", [peer("repeat.mjs"), short, "\(Self.copies)", path]).run().output
        guard let count = Self.number(after: "kills", in: said) else { throw BenchmarkError("repeat.mjs said: \(said)") }
        say("\(count) killmails from \(recordings == nil ? "the simulated universe" : "the recording")")
        let made = Input(path: path, count: count, names: names)
        input = made
        return made
    }

    /// The number that follows a word.
    static func number(after word: Substring, in text: String) -> Int? {
        let words = text.split(whereSeparator: \.isWhitespace)
        return words.firstIndex(of: word).flatMap { words.indices.contains($0 + 1) ? Int(words[$0 + 1]) : nil }
    }

    /// Limits are so far scaled that they are out of the way.
    static let timeScale = "0.001"

    /// A simulator for as long as `body` runs, which is told its address and the last number of its feed.
    func withSimulator(
        _ arguments: [String], _ body: (_ baseURL: String, _ last: Int) async throws -> Void
    ) async throws {
        let options = ["--listen", "127.0.0.1:0", "--time-scale", Self.timeScale, "--keep", "1000000"]
        let program = Program(simulator, options + arguments)
        try await program.whileRunning(until: "listening on ") { line in
            let words = line.split(separator: " ")
            // ... listening on URL (..., N kills published from number F, ...)
            guard let url = words.first(where: { $0.hasPrefix("http://") }), let kills = words.firstIndex(of: "kills"),
                let count = Int(words[kills - 1]),
                let first = words.firstIndex(of: "number").flatMap({
                    Int(words[$0 + 1].trimmingPrefix { !$0.isNumber }.prefix { $0.isNumber })
                })
            else {
                throw BenchmarkError("the simulator said: \(line)")
            }
            try await body(String(url), first + count - 1)
        }
    }
}
