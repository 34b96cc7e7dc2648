package import Foundation
public import KernelAPI
public import KernelPostgres
public import KernelRedis
public import Logging
import ServiceLifecycle
import UnixSignals

/// The kernel: one life from loaded plugins to the last finished request.
///
/// It checks or applies the schema, lets ``Features`` run the plugins, and opens the listener when they are up. At SIGTERM or
/// SIGINT everything goes backwards: no new requests, workers finish their step, plugins stop.
public actor Kernel {
    public struct Configuration: Sendable {
        public var listen: ListenAddress
        /// Apply missing migrations at start instead of refusing to serve.
        public var migrates: Bool
        public var version: String
        public var http = HTTPSettings()
        /// Cache, rate limits and fan-out that all pods share; everything goes on without.
        public var redis: RedisClient?
        /// Who may log in, and how.
        public var identity = IdentityConfiguration()
        /// What of the plugins this pod serves.
        public var selection = PodSelection.all
        /// The folder whose manifests are followed while the kernel runs; `nil` for those that it was given and no others.
        public var manifestsDirectory: String?
        public var deadlines = PluginDeadlines()
        /// How long everything may take to end after a signal, before it is cut short. Less than what an orchestrator grants
        /// (Kubernetes: 30 s), and more than the plugins' deadlines need.
        public var shutdownPatience: Duration = .seconds(25)

        public init(listen: ListenAddress, migrates: Bool, version: String) {
            self.listen = listen
            self.migrates = migrates
            self.version = version
        }
    }

    private enum State {
        case idle
        case running
        case ended
    }

    private let configuration: Configuration
    /// Every enabled plugin, dependencies first, made to look at: each life has an instance of its own.
    public let specimens: [LoadedPlugin]
    /// Those that run on this pod as long as nobody switches them off.
    public var plugins: [LoadedPlugin] { specimens.filter(\.manifest.runsHere) }
    private let manifests: ManifestSet
    private let database: PostgresDatabase
    let cursors: SharedCursorSigner
    nonisolated let services: KernelServices
    private let loader: PluginLoader
    private let logger: Logger
    private let clock: any WallClock
    private let onListening: @Sendable (Int) async -> Void
    private let makeHost: @Sendable (PluginName) -> PluginHost
    private var state = State.idle

    /// - Parameters:
    ///   - manifests: which plugins, with what.
    ///   - loader: makes them.
    ///   - contracts: what the program offers to plugins.
    ///   - onListening: called with the real port once requests are accepted.
    /// - Throws: ``ConfigurationError``.
    public init(
        configuration: Configuration, manifests: ManifestSet, loader: PluginLoader, database: PostgresDatabase,
        contracts: ContractRegistry, logger: Logger, clock: any WallClock = SystemClock(),
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        let manifests = try configuration.selection.applied(to: manifests)
        let cursors = SharedCursorSigner()
        let services = KernelServices(
            database: database, clock: clock, logger: logger, board: FeatureBoard(manifests: manifests), loader: loader,
            identity: configuration.identity, http: configuration.http, redis: configuration.redis)
        let makeHost = Self.hosts(
            database: database, cursors: cursors, services: services, contracts: contracts, logger: logger, clock: clock)
        self.configuration = configuration
        self.manifests = manifests
        self.database = database
        self.cursors = cursors
        self.loader = loader
        self.logger = logger
        self.clock = clock
        self.onListening = onListening
        self.services = services
        self.makeHost = makeHost
        specimens = try loader.load(manifests, host: makeHost)
    }

    static func hosts(
        database: PostgresDatabase, cursors: any CursorSigner, services: KernelServices, contracts: ContractRegistry,
        logger: Logger, clock: any WallClock
    ) -> @Sendable (PluginName) -> PluginHost {
        // The switchboard makes plugins to try settings, and those get what all get: itself included.
        @Sendable func host(_ plugin: PluginName) -> PluginHost {
            var pluginLogger = logger
            pluginLogger[metadataKey: "plugin"] = "\(plugin)"
            var contracts = contracts
            services.offer(to: &contracts, host: host)
            return PluginHost(
                logger: pluginLogger, clock: clock, database: database, cursors: cursors, bus: services.bus(plugin),
                cache: services.cache(plugin), audit: services.audit, queues: { PostgresQueue(name: $0) }, contracts: contracts)
        }
        return host
    }

    /// Runs until a signal asks for the end. Can be called once.
    ///
    /// - Throws: ``PluginStartFailure``, ``ListenError``, ``SchemaMismatch`` and what else keeps it from running.
    public func run() async throws {
        guard case .idle = state else { throw KernelMisuse("run() was called twice") }
        state = .running
        defer { state = .ended }
        try await prepare()
        try await serve()
        logger.info("stopped")
    }

    /// Everything that must be in the database before a plugin starts.
    package func prepare() async throws {
        try await Self.checkSchema(plugins, database, migrates: configuration.migrates, logger: logger)
        try await cursors.load(from: database)
    }

    /// Runs a job of a loaded plugin once, beside its schedule.
    package nonisolated func run(job: JobRegistration, at tick: Date) async throws -> JobRunStatus {
        try await services.scheduler.runOnce(job, at: tick)
    }

    /// What a plugin of this name would be lent.
    package nonisolated func host(_ plugin: PluginName) -> PluginHost { makeHost(plugin) }

    private static func checkSchema(
        _ plugins: [LoadedPlugin], _ database: PostgresDatabase, migrates: Bool, logger: Logger
    ) async throws {
        let migrator = Migrator(plugins: plugins, logger: logger)
        if migrates {
            try await migrator.migrate(database)
            return
        }
        let pending = try await migrator.pending(database)
        if !pending.isEmpty {
            throw SchemaMismatch(
                "the database lacks \(pending.count) migrations (\(pending.joined(separator: ", "))). Run: battlescope migrate")
        }
    }

    // MARK: What runs

    private func serve() async throws {
        let probe = HealthProbe(database: database, redis: configuration.redis, logger: logger)
        // Asked before the first request, so that who waits for readiness is not told 503 first.
        await probe.probe()
        let wakeBoard = WakeBoard()
        let features = makeFeatures(probe: probe, wakeBoard: wakeBoard)
        let listener = HTTPServer(
            dispatcher: Dispatcher(
                mounted: services.mounted, streams: services.streams, authenticator: services.authenticator,
                limiter: services.limiter, settings: httpSettings, logger: logger),
            address: configuration.listen, logger: logger, onListening: announce)
        // Shut down from the last to the first: requests, then plugins, then what they rely on.
        let running: [any Service] =
            [QueueListener(database: database, board: wakeBoard, logger: logger), probe] + services.running
            + [features, OnceUp(features: features, service: listener)]
        var group = ServiceGroupConfiguration(
            services: running.map { .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger)
        group.maximumGracefulShutdownDuration = configuration.shutdownPatience
        do {
            try await ServiceGroup(configuration: group).run()
        } catch is CancellationError where !Task.isCancelled {
            // What had to be cut short after the patience ran out; an asked-for end all the same.
            logger.warning(
                "shutdown took too long and was cut short",
                metadata: ["patienceSeconds": "\(configuration.shutdownPatience.components.seconds)"])
        }
    }

    /// The public URL is known before the first request comes, and before anybody is told that one can.
    private nonisolated func announce(_ port: Int) async {
        services.identity.address.settle(PublicURL(listening: configuration.listen, port: port))
        await onListening(port)
    }

    private func makeFeatures(probe: HealthProbe, wakeBoard: WakeBoard) -> Features {
        let routes = KernelRoutes(
            services: services, cursors: cursors, probe: probe, version: configuration.version,
            servesPeople: configuration.selection.servesRoutes)
        let machinery = PluginMachinery(
            loader: loader, selection: configuration.selection, makeHost: makeHost,
            contributionRunners: services.contributionRunners, wakeBoard: wakeBoard, mounted: services.mounted,
            streams: services.streams, kernelRoutes: routes.mounted(beside: specimens),
            directory: services.directory, board: services.board,
            checkSchema: { [database, migrates = configuration.migrates, logger] plugins in
                try await Self.checkSchema(plugins, database, migrates: migrates, logger: logger)
            })
        let fleet = FleetReporter(
            database: database, pod: services.pod, version: configuration.version, interval: configuration.deadlines.report,
            logger: logger)
        return Features(
            manifests: manifests, specimens: specimens, machinery: machinery, deadlines: configuration.deadlines,
            database: database, signals: services.signals, fleet: fleet, manifestsDirectory: configuration.manifestsDirectory,
            logger: logger, clock: clock)
    }

    private var httpSettings: HTTPSettings {
        var settings = configuration.http
        settings.isSecure = settings.isSecure || configuration.identity.publicURL?.isSecure ?? false
        return settings
    }

    /// ServiceGroup reports each step of its own; only its warnings matter here.
    private var quietLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}

/// A service that begins when the plugins are up.
private struct OnceUp: Service {
    let features: Features
    let service: any Service

    func run() async throws {
        guard await cancelWhenGracefulShutdown({ await features.waitUntilUp() }) else { return }
        try await service.run()
    }
}

/// The kernel was used in a way that cannot be.
struct KernelMisuse: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
