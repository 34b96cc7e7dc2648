import ArgumentParser
import EVEClients
import Foundation
import KernelAPI
import KernelRedis
import KernelRuntime
import Killmails
import Logging

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check what the server needs, and say how to mend what is missing.",
        discussion: "Exit code 69 if something keeps the server from working; warnings do not.")

    @OptionGroup var options: ProgramOptions

    func run() async throws {
        var report = DoctorReport()
        let program = try Program(flags: options.flags.merging(["LOG_LEVEL": options.logLevel ?? "error"]) { _, new in new })
        do {
            let plugins = try OfflinePlugins.load(program)
            report.good("manifests", "\(plugins.count) plugins in \(program.settings.pluginsDirectory)")
            for name in program.unknownVariables(plugins) {
                report.warn("environment", "unknown variable \(name): is it misspelt?")
            }
            await database(program, plugins, &report)
        } catch {
            report.bad("manifests", CommandFailure(explaining: error).message)
        }
        await redis(program, &report)
        descriptors(&report)
        outside(program, &report)
        login(program.settings, &report)
        StandardOutput.write(report.text)
        if report.hasFailures { throw ExitCode(CommandFailure.Code.unavailable.rawValue) }
    }

    private func database(_ program: Program, _ plugins: [LoadedPlugin], _ report: inout DoctorReport) async {
        do {
            let found = try await program.withDatabase(role: .guest) { database, isEmbedded in
                let version: String = try await database.query(Self.serverVersion).scalar()
                let pending = try await Migrator(plugins: plugins, logger: program.logger).pending(database)
                let hasStaticData = pending.isEmpty ? try await StaticDataStore(database: database).hasImport() : false
                return (version: version, pending: pending, hasStaticData: hasStaticData, isEmbedded: isEmbedded)
            }
            report.good("database", "PostgreSQL \(found.version)\(found.isEmbedded ? " (embedded)" : "")")
            if found.pending.isEmpty {
                report.good("schema", "up to date")
                if found.hasStaticData {
                    report.good("static data", "imported")
                } else {
                    report.warn("static data", "missing: systems have no names and no security. Run battlescope sde import.")
                }
            } else if found.isEmbedded {
                report.good("schema", "\(found.pending.count) migrations will be applied when the server starts")
            } else {
                report.bad("schema", "\(found.pending.count) migrations are missing. Run battlescope migrate.")
            }
        } catch {
            report.bad("database", CommandFailure(explaining: error).message)
        }
    }

    /// A warning at most: everything goes on without.
    private func redis(_ program: Program, _ report: inout DoctorReport) async {
        do {
            guard let configuration = try program.redisConfiguration() else {
                let isEmbedded = program.settings.databaseURL == nil
                return report.good("redis", isEmbedded ? "embedded" : "none; each pod has its own cache and rate limits")
            }
            do {
                try await Self.ping(configuration, program.logger)
                report.good("redis", configuration.redactedDescription)
            } catch {
                report.warn("redis", "\(configuration.redactedDescription) does not answer; the server goes on without it.")
            }
        } catch {
            report.bad("redis", CommandFailure(explaining: error).message)
        }
    }

    private static func ping(
        _ configuration: RedisConfiguration, _ logger: Logger, clock: any Clock<Duration> = ContinuousClock()
    ) async throws {
        let client = RedisClient(configuration: configuration, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await client.run()
                throw CancellationError()
            }
            group.addTask {
                try await clock.sleep(for: configuration.connectDeadline, tolerance: nil)
                throw CommandFailure(.unavailable, "no answer")
            }
            group.addTask {
                try await client.waitUntilConnected()
                try await client.ping()
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func descriptors(_ report: inout DoctorReport) {
        let limit = FileDescriptorLimit.current.rlim_max
        if limit < 10_000 {
            report.warn("open files", "at most \(limit); raise the limit to 10,000 or more (ulimit -n) for many stream clients.")
        } else {
            report.good("open files", "at most \(limit)")
        }
    }

    private func outside(_ program: Program, _ report: inout DoctorReport) {
        guard program.settings.feed != .off else { return report.good("feed", "off") }
        do {
            report.good("feed", "\(program.settings.feed.rawValue), as \(try program.identity().userAgent)")
        } catch {
            report.bad("feed", CommandFailure(explaining: error).message)
        }
    }

    private func login(_ settings: ProgramSettings, _ report: inout DoctorReport) {
        let identity = settings.identity
        if identity.clientID == nil {
            report.warn("login", "nobody can log in: set EVE_CLIENT_ID (docs/access.md)")
        } else {
            let derived = identity.publicURL.map { "\($0)/auth/callback" } ?? "/auth/callback where the server listens"
            report.good("login", "through \(identity.signOnURL), back to \(identity.callbackURL ?? derived)")
        }
        do {
            if let keys = identity.encryptionKeys {
                _ = try EncryptionKeys(text: keys)
            } else if settings.databaseURL != nil {
                report.bad("encryption keys", "missing. With DATABASE_URL set BATTLESCOPE_ENCRYPTION_KEYS.")
            }
        } catch {
            report.bad("encryption keys", CommandFailure(explaining: error).message)
        }
    }

    private static let serverVersion = Statement("doctor.server_version", "SELECT current_setting('server_version')")
}

/// What the doctor found, line by line.
private struct DoctorReport {
    private var lines: [String] = []
    private(set) var hasFailures = false

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func good(_ subject: String, _ finding: String) { lines.append("ok    \(subject): \(finding)") }
    mutating func warn(_ subject: String, _ finding: String) { lines.append("warn  \(subject): \(finding)") }
    mutating func bad(_ subject: String, _ finding: String) {
        hasFailures = true
        lines.append("FAIL  \(subject): \(finding)")
    }
}
