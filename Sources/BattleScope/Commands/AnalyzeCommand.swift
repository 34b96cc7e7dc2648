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
        let lines = try await KillmailLines.readAll(path: killmails, now: Date())
        for error in lines.errors.prefix(10) { StandardError.write("\(killmails): \(error)\n") }
        if lines.errorCount > 10 { StandardError.write("\(killmails): \(lines.errorCount) unreadable lines in all\n") }
        guard !lines.killmails.isEmpty || lines.errorCount == 0 else {
            throw CommandFailure(.usage, "\(killmails) holds no killmail in ESI's form")
        }

        let battles = Analysis.battles(from: lines.killmails, rule: rule)
        let inBattles = battles.reduce(0) { $0 + $1.count }
        StandardError.write(
            "\(lines.killmails.count) killmails, \(battles.count) battles with \(inBattles) kills (\(linkRule) rule)\n")
        if let battlesOut {
            try write(battles.map { #"{"killmailIds":[\#($0.map(\.description).joined(separator: ","))]}"# }, to: battlesOut)
        }
        if let reports, let sidesOut {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let answers = Analysis.sides(reports: try read(reports), killmails: lines.killmails)
            try write(try answers.map { String(decoding: try encoder.encode($0), as: UTF8.self) }, to: sidesOut)
        }
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
