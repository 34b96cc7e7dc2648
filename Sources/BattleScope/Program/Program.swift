import AsyncHTTPClient
import EVE
import EVEClients
import Foundation
import KernelAPI
import KernelPostgres
import KernelRuntime
import Logging

/// What commands share: settings, logging, the database, the clients of outside services.
struct Program {
    let settings: ProgramSettings
    let environment: EnvironmentLookup
    let logger: Logger

    /// - Parameter flags: values from the command line by variable name.
    init(flags: [String: String?] = [:]) throws {
        environment = EnvironmentLookup(ProcessInfo.processInfo.environment)
        settings = try ProgramSettings(environment: environment, flags: flags.compactMapValues(\.self))
        logger = Self.makeLogger(settings)
    }

    private static func makeLogger(_ settings: ProgramSettings) -> Logger {
        let (level, format) = (Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info, settings.logFormat)
        LoggingSystem.bootstrap { _ in
            switch format {
            case .json:
                var handler = JSONLogHandler()
                handler.logLevel = level
                return handler
            case .text:
                var handler = TextLogHandler()
                handler.logLevel = level
                return handler
            }
        }
        return Logger(label: "battlescope")
    }

    // MARK: Plugins

    func manifests() throws -> ManifestSet { try ManifestSet(directory: settings.pluginsDirectory) }

    var loader: PluginLoader { PluginLoader(registry: pluginRegistry, environment: environment) }

    /// Variables that look like ours and are not: most likely misspelt.
    func unknownVariables(_ plugins: [LoadedPlugin]) -> [String] {
        let pluginVariables = plugins.flatMap { plugin in
            plugin.settings.map { EnvironmentLookup.variable(plugin: plugin.name, key: $0.key) }
        }
        let known = settings.knownVariables.union(pluginVariables)
        return environment.names.filter { $0.hasPrefix("BATTLESCOPE_") && !known.contains($0) }
    }

    // MARK: Database

    /// The database of DATABASE_URL, or the embedded one for as long as `body` runs.
    func withDatabase<Result: Sendable>(
        role: EmbeddedPostgres.Role, _ body: @Sendable (PostgresDatabase, _ isEmbedded: Bool) async throws -> Result
    ) async throws -> Result {
        if let url = settings.databaseURL { return try await connected(url, isEmbedded: false, body) }
        guard settings.embedded == .auto else {
            throw CommandFailure(
                .configuration, "DATABASE_URL is not set, and BATTLESCOPE_EMBEDDED=never forbids an embedded PostgreSQL.")
        }
        let server = EmbeddedPostgres(dataDirectory: settings.dataDirectory, logger: logger)
        return try await server.withServer(role: role) { address in
            try await connected(address.url, isEmbedded: true, body)
        }
    }

    /// The same for a command that needs the schema of this version: an embedded database is migrated, another one refused.
    func withCurrentDatabase<Result: Sendable>(
        of plugins: [LoadedPlugin], _ body: @Sendable (PostgresDatabase) async throws -> Result
    ) async throws -> Result {
        try await withDatabase(role: .guest) { database, isEmbedded in
            let migrator = Migrator(plugins: plugins, logger: logger)
            if isEmbedded {
                try await migrator.migrate(database)
            } else if let first = try await migrator.pending(database).first {
                throw CommandFailure(
                    .configuration, "the database lacks migrations (\(first)...). Run battlescope migrate first.")
            }
            return try await body(database)
        }
    }

    private func connected<Result: Sendable>(
        _ url: String, isEmbedded: Bool, _ body: @Sendable (PostgresDatabase, Bool) async throws -> Result
    ) async throws -> Result {
        let configuration: PostgresConfiguration
        do {
            configuration = try PostgresConfiguration(url: url)
        } catch {
            let reason = (error as? DatabaseError)?.message ?? "\(error)"
            throw CommandFailure(
                .configuration, "DATABASE_URL: \(reason). Expected: postgres://user:password@host:5432/name")
        }
        let database = PostgresDatabase(configuration: configuration, logger: logger)
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(database, isEmbedded))
        } catch {
            result = .failure(error)
        }
        await database.close()
        return try result.get()
    }

    // MARK: Outside services

    /// Who we say we are; the services ban clients that do not say it.
    func identity() throws -> OutsideIdentity {
        guard let contact = settings.contact, let identity = OutsideIdentity(version: BattleScope.version, contact: contact)
        else {
            throw CommandFailure(
                .configuration,
                "BATTLESCOPE_CONTACT is missing: set it to your e-mail address or a URL. zKillboard and ESI want to know whom to "
                    + "write to, and ban clients that do not say. (BATTLESCOPE_FEED=off needs no contact.)")
        }
        return identity
    }

    func outsideTime() throws -> OutsideTime {
        try OutsideTime(
            scale: settings.timeScale,
            baseURLs: [settings.r2z2URL, settings.esiURL]
                + (settings.identity.clientID == nil ? [] : [settings.identity.signOnURL]))
    }

    /// The one client of ESI; `nil` in an installation that must not ask anybody anything.
    private func esi(client: HTTPClient) throws -> ESIClient? {
        if settings.feed == .off, settings.contact == nil, settings.identity.clientID == nil { return nil }
        return ESIClient(baseURL: settings.esiURL, client: client, identity: try identity(), time: try outsideTime())
    }

    /// The one client of each outside service, as contracts for the plugins. Limits are per address, so there is one of each.
    func contracts(client: HTTPClient) throws -> (contracts: ContractRegistry, esi: ESIClient?) {
        var contracts = ContractRegistry()
        let time = try outsideTime()
        switch settings.feed {
        case .off:
            contracts.offer(SilentFeed(), as: (any KillmailFeed).self)
        case .replay:
            guard let file = settings.replayFile else {
                throw CommandFailure(
                    .configuration, "BATTLESCOPE_FEED=replay needs BATTLESCOPE_REPLAY_FILE, a file with killmails as NDJSON.")
            }
            contracts.offer(ReplayFeed(path: file, time: time), as: (any KillmailFeed).self)
        case .r2z2:
            let feed = R2Z2Feed(
                baseURL: settings.r2z2URL, client: client, identity: try identity(), time: time,
                startAt: settings.r2z2Start > 0 ? Int64(settings.r2z2Start) : nil)
            contracts.offer(feed, as: (any KillmailFeed).self)
        }
        let esi = try esi(client: client)
        if let esi {
            contracts.offer(esi, as: (any KillmailSource).self)
            contracts.offer(esi, as: (any NameSource).self)
        } else {
            contracts.offer(NoOutsideServices(), as: (any KillmailSource).self)
            contracts.offer(NoOutsideServices(), as: (any NameSource).self)
        }
        return (contracts, esi)
    }
}

/// Stands in for ESI in an installation that must not ask anybody anything.
private struct NoOutsideServices: KillmailSource, NameSource {
    struct NotAsked: OutsideFailure {
        let description = "outside services are not asked in this installation (BATTLESCOPE_FEED=off without a contact)"
        let isPermanent = false
        let retryAfter: Duration? = .seconds(3600)
        let code = "not_asked"
    }

    func killmail(_ id: KillmailID, hash: String) async throws -> Killmail { throw NotAsked() }
    func names(_ ids: [Int64]) async throws -> NameAnswer { NameAnswer(later: Set(ids), retryAfter: .seconds(3600)) }
}
