import ArgumentParser
import EVEClients
import AsyncHTTPClient
import KernelAPI
import KernelRuntime
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Take in killmails, make battles, answer requests.",
        discussion: """
            Runs in the foreground until Ctrl-C or SIGTERM. Which plugins run is decided by the manifests (plugins list), by the
            admins' switches, and for this one process by --plugins, --workers and --no-routes. Manifests are followed.
              battlescope serve --workers killmails.ingest --no-routes      takes killmails in and nothing else
              battlescope serve --plugins admin                             the admin console alone
            With an embedded PostgreSQL the schema is brought up to date at start; with DATABASE_URL run battlescope migrate.
            """)

    @OptionGroup var options: ProgramOptions

    @Option(help: ArgumentHelp("Where to listen; port 0 lets the system choose.", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("r2z2 (zKillboard's live feed), replay (a file) or off.", valueName: "feed"))
    var feed: String?

    @OptionGroup var selection: SelectionOptions

    func run() async throws {
        var flags = options.flags
        flags["BATTLESCOPE_LISTEN"] = listen
        flags["BATTLESCOPE_FEED"] = feed
        let program = try Program(flags: flags)
        guard let address = ListenAddress(program.settings.listen) else {
            throw CommandFailure(.configuration, "\(program.settings.listen) is not host:port.")
        }
        let manifests = try program.manifests()
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            let (contracts, esi) = try program.contracts(client: client)
            try await program.withServers { database, redis, isEmbedded in
                let logger = program.logger
                var configuration = Kernel.Configuration(listen: address, migrates: isEmbedded, version: BattleScope.version)
                configuration.redis = redis
                configuration.identity = try program.identity(client: client, esi: esi, isEmbedded: isEmbedded)
                configuration.http = program.settings.http
                configuration.selection = selection.selection
                configuration.manifestsDirectory = program.settings.pluginsDirectory
                let kernel = try Kernel(
                    configuration: configuration, manifests: manifests, loader: program.loader, database: database,
                    contracts: contracts, logger: logger
                ) { port in
                    logger.notice(
                        "BattleScope is ready",
                        metadata: ["url": "http://\(address.host):\(port)", "version": "\(BattleScope.version)"])
                }
                report(program, await kernel.specimens, address)
                try await kernel.run()
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private func report(_ program: Program, _ plugins: [LoadedPlugin], _ address: ListenAddress) {
        let logger = program.logger
        for name in program.unknownVariables(plugins) {
            logger.warning("unknown environment variable, is it misspelt?", metadata: ["variable": "\(name)"])
        }
        let settings = program.settings
        logger.info(
            "feed", metadata: ["feed": "\(settings.feed.rawValue)", "r2z2": "\(settings.r2z2URL)", "esi": "\(settings.esiURL)"])
        if let userAgent = try? program.identity().userAgent {
            logger.info("outside services see", metadata: ["userAgent": "\(userAgent)"])
        }
        reportLogin(settings.identity, address, logger)
    }

    private func reportLogin(_ identity: IdentitySettings, _ address: ListenAddress, _ logger: Logger) {
        if identity.clientID == nil {
            logger.warning("nobody can log in: EVE_CLIENT_ID is not set")
        } else {
            logger.info("login", metadata: ["sso": "\(identity.signOnURL)", "scopes": "\(identity.scopes.count)"])
        }
        if identity.publicURL == nil, !address.isLoopback {
            logger.warning("BATTLESCOPE_PUBLIC_URL is not set: logins work on this machine only")
        }
    }
}
