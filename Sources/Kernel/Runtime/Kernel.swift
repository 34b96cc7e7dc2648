package import Foundation
public import KernelAPI
public import KernelPostgres
public import Logging
import ServiceLifecycle
import UnixSignals

/// The kernel: one life from loaded plugins to the last finished request.
///
/// It checks or applies the schema, starts the plugins in the order of their dependencies, runs listener and workers
/// until SIGTERM or SIGINT, then stops everything in the reverse order: no new requests, workers finish their step,
/// plugins stop.
public actor Kernel {
    public struct Configuration: Sendable {
        public var listen: ListenAddress
        /// Apply missing migrations at start instead of refusing to serve.
        public var migrates: Bool
        public var version: String
        /// How long requests and worker steps may take to finish after a signal, before they are cancelled. Less than what an
        /// orchestrator grants (Kubernetes: 30 s).
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
    /// What was loaded, dependencies first.
    public let plugins: [LoadedPlugin]
    private let database: PostgresDatabase
    private let cursors: SharedCursorSigner
    private let services: KernelServices
    private let logger: Logger
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
        let cursors = SharedCursorSigner()
        self.configuration = configuration
        self.database = database
        self.cursors = cursors
        self.logger = logger
        self.onListening = onListening
        let services = KernelServices(database: database, clock: clock, logger: logger)
        self.services = services
        var contracts = contracts
        services.offer(to: &contracts)
        let makeHost: @Sendable (PluginName) -> PluginHost = { [contracts] name in
            Self.host(
                name, database: database, cursors: cursors, services: services, contracts: contracts, logger: logger, clock: clock
            )
        }
        self.makeHost = makeHost
        plugins = try loader.load(manifests, host: makeHost)
    }

    /// A host for plugins that are only looked at, never run.
    public static func offlineHost(database: PostgresDatabase, contracts: ContractRegistry, logger: Logger) -> PluginHost {
        let services = KernelServices(database: database, clock: SystemClock(), logger: logger)
        var contracts = contracts
        services.offer(to: &contracts)
        return host(
            "offline", database: database, cursors: SharedCursorSigner(), services: services, contracts: contracts,
            logger: logger, clock: SystemClock())
    }

    private static func host(
        _ plugin: PluginName, database: PostgresDatabase, cursors: any CursorSigner, services: KernelServices,
        contracts: ContractRegistry, logger: Logger, clock: any WallClock
    ) -> PluginHost {
        var pluginLogger = logger
        pluginLogger[metadataKey: "plugin"] = "\(plugin)"
        return PluginHost(
            logger: pluginLogger, clock: clock, database: database, cursors: cursors, bus: services.bus, cache: services.cache,
            audit: services.audit, queues: { PostgresQueue(name: $0) }, contracts: contracts)
    }

    /// Runs until a signal asks for the end. Can be called once.
    public func run() async throws {
        guard case .idle = state else { throw KernelMisuse("run() was called twice") }
        state = .running
        defer { state = .ended }
        try await prepare()
        var started: [LoadedPlugin] = []
        do {
            for plugin in plugins {
                started.append(plugin)
                try await plugin.plugin.start()
            }
            try await serve()
        } catch {
            await stop(started)
            throw error
        }
        await stop(started)
        logger.info("stopped")
    }

    /// Everything that must be in the database before a plugin starts.
    package func prepare() async throws {
        try await prepareSchema()
        try await cursors.load(from: database)
    }

    /// Runs a job of a loaded plugin once, beside its schedule.
    package nonisolated func run(job: JobRegistration, at tick: Date) async throws -> JobRunStatus {
        try await services.scheduler.runOnce(job, at: tick)
    }

    /// What a plugin of this name would be lent.
    package nonisolated func host(_ plugin: PluginName) -> PluginHost { makeHost(plugin) }

    private func prepareSchema() async throws {
        let migrator = Migrator(plugins: plugins, logger: logger)
        if configuration.migrates {
            try await migrator.migrate(database)
            return
        }
        let pending = try await migrator.pending(database)
        if !pending.isEmpty {
            throw SchemaMismatch(
                "the database lacks \(pending.count) migrations (\(pending.joined(separator: ", "))). Run: battlescope migrate")
        }
    }

    private func serve() async throws {
        let probe = HealthProbe(database: database, logger: logger)
        // Asked before the first request, so that who waits for readiness is not told 503 first.
        await probe.probe()
        let health = HealthRoutes(version: configuration.version, plugins: plugins.map(\.name), probe: probe)
        services.mounted.replace(
            with: health.routes.map { MountedRoute($0, of: MountedRoute.kernel, pace: .unlimited) }
                + plugins.flatMap { plugin in plugin.servedRoutes.map { MountedRoute($0, of: plugin.name) } })
        let workers = WorkerSet(plugins: plugins)
        for plugin in plugins {
            await services.scheduler.add(plugin: plugin.name, jobs: plugin.servedJobs, logger: plugin.logger)
        }
        // Shut down from the last to the first: requests, then workers, then what they rely on.
        let running: [any Service] =
            [QueueListener(database: database, subscribers: workers.subscribers, logger: logger), probe]
            + services.running + workers.runners
            + [
                HTTPServer(
                    dispatcher: Dispatcher(mounted: services.mounted, authenticator: services.authenticator, logger: logger),
                    address: configuration.listen, logger: logger, onListening: onListening)
            ]
        var group = ServiceGroupConfiguration(
            services: running.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger)
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

    private func stop(_ started: [LoadedPlugin]) async {
        for plugin in started.reversed() { await plugin.plugin.stop() }
    }

    /// ServiceGroup reports each step of its own; only its warnings matter here.
    private var quietLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}

/// The kernel was used in a way that cannot be.
struct KernelMisuse: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
