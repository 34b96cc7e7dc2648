import ArgumentParser
import CBuildInfo
import Foundation
import Logging

/// The program: `battlescope serve` and the commands around it.
@main
struct BattleScope: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "battlescope",
        abstract: "Turns EVE Online's killmails into battle reports.",
        discussion: """
            A first look, against a simulated New Eden:   make run
            On your own machine, with real killmails:     BATTLESCOPE_CONTACT=you@example.org battlescope serve

            Without DATABASE_URL the program runs a private PostgreSQL of its own (battlescope doctor tells whether it can).
            Every setting, its value and where that came from: battlescope config
            """,
        version: version,
        subcommands: [
            ServeCommand.self, MigrateCommand.self, SDECommand.self, PluginsCommand.self, AccountCommand.self,
            KillmailsCommand.self, AnalyzeCommand.self, ConfigCommand.self, DoctorCommand.self, OpenAPICommand.self,
        ])

    static let version = String(cString: battlescope_version())

    static func main() async {
        // A client that hangs up is an error of a write, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        FileDescriptorLimit.raise()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            StandardError.write("battlescope: \(failure.message)\n")
            Foundation.exit(failure.code.rawValue)
        } catch  where exitCode(for: error) == .failure {
            let failure = CommandFailure(explaining: error)
            StandardError.write("battlescope: \(failure.message)\n")
            Foundation.exit(failure.code.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
