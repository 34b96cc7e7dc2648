import ArgumentParser
import BattleReports
import EVE
import Foundation
import KernelRuntime

struct AnalyzeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Make battles of a file of killmails, without any database.",
        discussion: """
            Uses the same code as the server; no ruleset applies. The summary goes to standard error.
              battlescope analyze --killmails kills.ndjson.gz --battles-out battles.ndjson
            """)

    @Option(help: ArgumentHelp("Killmails in ESI's form, one JSON object a line, gzipped or not.", valueName: "file"))
    var killmails: String

    @Option(help: ArgumentHelp("How kills are joined: default or specification.", valueName: "rule"))
    var linkRule = "default"

    @Option(help: ArgumentHelp(#"Write the battles here, one {"killmailIds": [...]} a line."#, valueName: "file"))
    var battlesOut: String?

    @Option(
        help: ArgumentHelp(#"Fights whose sides to work out: a JSON array of {"id", "killmails": [ids]}."#, valueName: "file"))
    var reports: String?

    @Option(help: ArgumentHelp(#"Write the sides here, one {"id", "sides": {entity: side}} a line."#, valueName: "file"))
    var sidesOut: String?

    func validate() throws {
        guard LinkRule(named: linkRule) != nil else {
            throw ValidationError("--link-rule is \(linkRule), expected default or specification")
        }
        guard (reports == nil) == (sidesOut == nil) else {
            throw ValidationError("--reports and --sides-out go together")
        }
    }

    func run() async throws {
        guard let rule = LinkRule(named: linkRule) else { throw ValidationError("unknown rule") }
        let (kills, wholeKillmails) = try await load()
        let battles = Analysis.battles(of: kills, rule: rule)
        let inBattles = battles.reduce(0) { $0 + $1.count }
        StandardError.write(
            "\(kills.count) killmails, \(battles.count) battles with \(inBattles) kills (\(linkRule) rule)\n")
        if let battlesOut {
            try write(battles.map { #"{"killmailIds":[\#($0.map(\.description).joined(separator: ","))]}"# }, to: battlesOut)
        }
        if let reports, let sidesOut {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let answers = Analysis.sides(reports: try read(reports), killmails: wholeKillmails)
            try write(try answers.map { String(decoding: try encoder.encode($0), as: UTF8.self) }, to: sidesOut)
        }
    }

    /// What clustering needs of every killmail, and the killmails themselves only where sides are asked for: they take most of
    /// the memory.
    private func load() async throws -> ([ClusterKill], [Killmail]) {
        if reports == nil {
            let lines = try await KillmailLines.readAll(path: killmails, now: Date()) { ClusterKill($0) }
            try tell(lines.errors, of: lines.errorCount, goodLines: lines.values.count)
            return (lines.values, [])
        }
        let lines = try await KillmailLines.readAll(path: killmails, now: Date())
        try tell(lines.errors, of: lines.errorCount, goodLines: lines.values.count)
        return (lines.values.map { ClusterKill($0) }, lines.values)
    }

    /// Unreadable lines are told and passed over; a file without any killmail is a mistake.
    private func tell(_ errors: [KillmailLineError], of count: Int, goodLines: Int) throws {
        for error in errors.prefix(10) { StandardError.write("\(killmails): \(error)\n") }
        if count > 10 { StandardError.write("\(killmails): \(count) unreadable lines in all\n") }
        guard goodLines > 0 || count == 0 else { throw CommandFailure(.usage, "\(killmails) holds no killmail in ESI's form") }
    }

    private func read(_ path: String) throws -> [SideReport] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.usage, "\(path): no such file, or it cannot be read")
        }
        do {
            return try JSONDecoder().decode([SideReport].self, from: data)
        } catch {
            throw CommandFailure(.usage, #"\#(path): expected a JSON array of {"id": text, "killmails": [numbers]}: \#(error)"#)
        }
    }

    private func write(_ lines: [String], to path: String) throws {
        do {
            try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(filePath: path))
        } catch {
            throw CommandFailure(.unavailable, "\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
