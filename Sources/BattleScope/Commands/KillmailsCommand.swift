import ArgumentParser
import EVE
import Foundation
import KernelAPI
import KernelRuntime
import Killmails

struct KillmailsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "killmails",
        abstract: "Look at killmails that could not be completed, and have them tried again.",
        subcommands: [Failed.self, Requeue.self])

    struct Failed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Killmails that were given up: id, attempts, when, and why.")

        @OptionGroup var options: ProgramOptions

        @Option(help: ArgumentHelp("At most so many.", valueName: "number"))
        var limit = 100

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit is \(limit), expected 1 to 10000") }
        }

        func run() async throws {
            try await KillmailsCommand.withLetters(options) { letters in
                for letter in try await letters.list(before: nil, limit: limit) {
                    let failedAt = letter.failedAt?.iso8601 ?? "-"
                    StandardOutput.write(
                        "\(letter.killmailID)\t\(letter.attempts)\t\(failedAt)\t\(letter.error ?? "")\n")
                }
            }
        }
    }

    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try again to complete killmails that were given up.",
            discussion: """
                  battlescope killmails requeue 134567890 134567891
                  battlescope killmails requeue --all
                A running server takes them up within seconds; the audit log tells of it.
                """)

        @OptionGroup var options: ProgramOptions

        @Flag(help: "All that there are.")
        var all = false

        @Argument(help: ArgumentHelp("Their ids.", valueName: "killmail"))
        var killmails: [KillmailArgument] = []

        func validate() throws {
            guard all == killmails.isEmpty else { throw ValidationError("name killmails by their ids, or give --all") }
        }

        func run() async throws {
            let unknown = try await KillmailsCommand.withLetters(options) { letters in
                if all {
                    StandardOutput.write("\(try await letters.requeueAll(by: .system)) requeued\n")
                    return [KillmailID]()
                }
                var unknown: [KillmailID] = []
                for argument in killmails {
                    if try await letters.requeue(argument.id, by: .system) != nil {
                        StandardOutput.write("\(argument.id) requeued\n")
                    } else {
                        unknown.append(argument.id)
                    }
                }
                return unknown
            }
            guard unknown.isEmpty else {
                let names = unknown.map { "\($0)" }.joined(separator: ", ")
                throw CommandFailure(.usage, "not among those that were given up: \(names)")
            }
        }
    }

    /// Runs `body` with the dead letters of the database of DATABASE_URL, or of the embedded one.
    private static func withLetters<Result: Sendable>(
        _ options: ProgramOptions, _ body: @Sendable (DeadLetters) async throws -> Result
    ) async throws -> Result {
        let program = try Program(flags: options.flags.merging(["LOG_LEVEL": options.logLevel ?? "warning"]) { _, new in new })
        return try await program.withCurrentDatabase(of: try OfflinePlugins.load(program)) { database in
            let host = Kernel.offlineHost(database: database, contracts: ContractRegistry(), logger: program.logger)
            return try await body(DeadLetters(host: host))
        }
    }
}

/// A killmail's id on the command line.
struct KillmailArgument: ExpressibleByArgument {
    let id: KillmailID

    init?(argument: String) {
        guard argument.wholeMatch(of: /[1-9][0-9]{0,18}/) != nil, let id = Int64(argument) else { return nil }
        self.id = KillmailID(id)
    }
}
