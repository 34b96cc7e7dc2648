import ArgumentParser
import Foundation
import KernelAPI
import KernelRuntime

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Look at accounts, give and take rights.",
        discussion: """
            Accounts are named by an EVE character. A running server follows within a second; every change is in the audit log.
            A new installation gets its first superadmin so, before or after the first login:
              battlescope account grant 2112625428 superadmin
            """,
        subcommands: [List.self, Show.self, Grant.self, Revoke.self, Block.self, Unblock.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest accounts.")

        @OptionGroup var options: ProgramOptions

        @Option(help: ArgumentHelp("Part of a name.", valueName: "text"))
        var query: String?

        @Option(help: ArgumentHelp("Only those with a role on it.", valueName: "feature"))
        var feature: String?

        @Flag(help: "Only blocked ones.")
        var blocked = false

        @Option(help: ArgumentHelp("At most so many.", valueName: "number"))
        var limit = 100

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit is \(limit), expected 1 to 10000") }
        }

        func run() async throws {
            let filter = AccountFilter(
                query: query, status: blocked ? .blocked : nil, feature: feature.map { FeatureKey(rawValue: $0) })
            try await AccountCommand.withConsole(options) { console, _ in
                for account in try await console.accounts(filter, limit: limit) { StandardOutput.write(account.line + "\n") }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One account with its characters.")

        @OptionGroup var options: ProgramOptions
        @Argument(help: ArgumentHelp("An EVE character's id.", valueName: "character")) var character: CharacterArgument

        func run() async throws {
            try await AccountCommand.withConsole(options) { console, _ in
                StandardOutput.write(try await console.account(of: character.id).text)
            }
        }
    }

    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a role on a feature, or the right to do everything.",
            discussion: """
                  battlescope account grant 2112625428 superadmin
                  battlescope account grant 2112625428 battle-reports fc
                A character that has never logged in gets an account in advance. With --simulated the character is one of the
                simulated New Eden by its key (fc, director, member...); that needs a simulator at SSO_URL on this machine.
                """)

        @OptionGroup var options: ProgramOptions

        @Flag(help: "The character is named by its key in the simulator at SSO_URL.")
        var simulated = false

        @Argument(help: ArgumentHelp("An EVE character's id; with --simulated a key.", valueName: "character"))
        var character: String

        @Argument(help: ArgumentHelp("superadmin, or a feature such as battle-reports.", valueName: "right"))
        var right: String

        @Argument(help: ArgumentHelp("user, fc, director or admin.", valueName: "role"))
        var role: String?

        func validate() throws {
            guard simulated || CharacterArgument(argument: character) != nil else {
                throw ValidationError("\(character) is not a character id: a whole number such as 2112625428")
            }
            guard (right == "superadmin") == (role == nil) else {
                throw ValidationError("give superadmin, or a feature with a role (user, fc, director, admin)")
            }
            if let role, Role(key: role) == nil {
                throw ValidationError("\(role) is no role; there are user, fc, director and admin")
            }
        }

        func run() async throws {
            try await AccountCommand.withConsole(options) { console, program in
                let id =
                    try await simulated
                    ? SimulatedCharacter.id(of: character, program) : CharacterArgument(argument: character)?.id
                guard let id else { throw ValidationError("\(character) is not a character id") }
                let account =
                    if let role = role.flatMap({ Role(key: $0) }) {
                        try await console.setRole(role, on: FeatureKey(rawValue: right), of: id)
                    } else {
                        try await console.setSuperAdmin(true, of: id)
                    }
                StandardOutput.write(account.line + "\n")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a role, or the right to do everything.",
            discussion: """
                  battlescope account revoke 2112625428 superadmin
                  battlescope account revoke 2112625428 battle-reports
                """)

        @OptionGroup var options: ProgramOptions
        @Argument(help: ArgumentHelp("An EVE character's id.", valueName: "character")) var character: CharacterArgument

        @Argument(help: ArgumentHelp("superadmin, or a feature such as battle-reports.", valueName: "right"))
        var right: String

        func run() async throws {
            try await AccountCommand.withConsole(options) { console, _ in
                let account =
                    right == "superadmin"
                    ? try await console.setSuperAdmin(false, of: character.id)
                    : try await console.setRole(nil, on: FeatureKey(rawValue: right), of: character.id)
                StandardOutput.write(account.line + "\n")
            }
        }
    }

    struct Block: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Block an account: its sessions end at once.")

        @OptionGroup var options: ProgramOptions
        @Argument(help: ArgumentHelp("An EVE character's id.", valueName: "character")) var character: CharacterArgument

        @Option(help: ArgumentHelp("Why; other administrators see it.", valueName: "text"))
        var reason: String

        func run() async throws {
            try await AccountCommand.withConsole(options) { console, _ in
                StandardOutput.write(try await console.block(character.id, reason: reason).line + "\n")
            }
        }
    }

    struct Unblock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let an account in again.")

        @OptionGroup var options: ProgramOptions
        @Argument(help: ArgumentHelp("An EVE character's id.", valueName: "character")) var character: CharacterArgument

        func run() async throws {
            try await AccountCommand.withConsole(options) { console, _ in
                StandardOutput.write(try await console.unblock(character.id).line + "\n")
            }
        }
    }

    /// Runs `body` with the accounts of the database of DATABASE_URL, or of the embedded one.
    static func withConsole(
        _ options: ProgramOptions, _ body: @Sendable (AccountConsole, Program) async throws -> Void
    ) async throws {
        let program = try Program(flags: options.flags.merging(["LOG_LEVEL": options.logLevel ?? "warning"]) { _, new in new })
        let plugins = try OfflinePlugins.load(program)
        try await program.withCurrentDatabase(of: plugins) { database in
            do {
                try await body(AccountConsole(database: database, features: plugins, logger: program.logger), program)
            } catch let problem as Problem {
                throw CommandFailure(.usage, problem.message)
            }
        }
    }
}

/// An EVE character's id on the command line.
struct CharacterArgument: ExpressibleByArgument {
    let id: Int64

    init?(argument: String) {
        guard argument.wholeMatch(of: /[1-9][0-9]{0,18}/) != nil, let id = Int64(argument) else { return nil }
        self.id = id
    }
}

extension AccountRecord {
    /// One line: primary character, name, rights.
    fileprivate var line: String {
        let character = characters.first.map { "\($0.eveCharacterID)" } ?? "-"
        return "\(character)\t\(displayName)\t\(rights)"
    }

    private var rights: String {
        let given = (isSuperAdmin ? ["superadmin"] : []) + roles.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.key)" }
        return (given.isEmpty ? "no rights" : given.joined(separator: ", ")) + (isBlocked ? ", blocked" : "")
    }

    fileprivate var text: String {
        var lines = [
            "account    \(id.uuidString.lowercased())", "name       \(displayName)", "rights     \(rights)",
            "created    \(createdAt.iso8601)", "last login \(lastLoginAt?.iso8601 ?? "never")", "sessions   \(activeSessions)",
        ]
        if let blockedReason { lines.append("blocked    \(blockedReason)") }
        for character in characters {
            let corporation =
                character.corporationName ?? character.corporationID.map { "corporation \($0)" } ?? "not known where"
            let alliance = character.allianceName ?? character.allianceID.map { "alliance \($0)" }
            let place = [corporation, alliance].compactMap(\.self).joined(separator: ", ")
            let mark = character.isPrimary ? "  primary" : ""
            lines.append("character  \(character.eveCharacterID)  \(character.name)  (\(place))\(mark)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
