import ArgumentParser
import AsyncHTTPClient
import KernelRuntime

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database's schema up to date.",
        discussion: "Applies what is missing, in one transaction a step. Safe to run at any time, also beside a running server.")

    @OptionGroup var options: ProgramOptions

    @Flag(help: "Only tell what is missing; exit code 78 if anything is.")
    var check = false

    func run() async throws {
        let program = try Program(flags: options.flags)
        let plugins = try OfflinePlugins.load(program)
        try await program.withDatabase(role: .guest) { database, _ in
            let migrator = Migrator(plugins: plugins, logger: program.logger)
            if check {
                let pending = try await migrator.pending(database)
                guard pending.isEmpty else {
                    throw CommandFailure(.configuration, "missing: \(pending.joined(separator: ", ")). Run battlescope migrate.")
                }
                StandardOutput.write("The schema is up to date.\n")
            } else {
                let applied = try await migrator.migrate(database)
                for step in applied { StandardOutput.write("applied \(step)\n") }
                if applied.isEmpty { StandardOutput.write("The schema is up to date.\n") }
            }
        }
    }
}
