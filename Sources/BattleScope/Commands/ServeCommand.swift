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

    @Flag(help: "Listen on other addresses than loopback although everybody who can connect sees everything.")
    var insecureNoLogin = false

    func run() async throws {
        var flags = options.flags
        flags["BATTLESCOPE_LISTEN"] = listen
        flags["BATTLESCOPE_FEED"] = feed
        let program = try Program(flags: flags)
        guard let address = ListenAddress(program.settings.listen) else {
            throw CommandFailure(.configuration, "\(program.settings.listen) is not host:port.")
        }
        guard address.isLoopback || insecureNoLogin else {
            throw CommandFailure(
                .configuration,
                "\(address) can be reached from other machines, and this version has no login yet: "
                    + "everybody would see everything. "
                    + "Listen on 127.0.0.1, or accept that with --insecure-no-login.")
        }
        let manifests = try program.manifests()
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            let contracts = try program.contracts(client: client)
            try await program.withDatabase(role: .owner) { database, isEmbedded in
                let logger = program.logger
                var configuration = Kernel.Configuration(listen: address, migrates: isEmbedded, version: BattleScope.version)
                configuration.selection = selection.selection
                configuration.manifestsDirectory = program.settings.pluginsDirectory
                let kernel = try Kernel(
                    configuration: configuration,
                    manifests: manifests, loader: program.loader, database: database, contracts: contracts, logger: logger
                ) { port in
                    logger.notice(
                        "BattleScope is ready",
                        metadata: ["url": "http://\(address.host):\(port)", "version": "\(BattleScope.version)"])
                }
                report(program, await kernel.specimens)
                try await kernel.run()
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private func report(_ program: Program, _ plugins: [LoadedPlugin]) {
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
    }
}
