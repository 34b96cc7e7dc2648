import KernelAPI
import KernelPostgres
import Logging
import ServiceLifecycle

/// What the kernel lends to all plugins, made once a process, and what has to run for it.
struct KernelServices: Sendable {
    let bus: any Bus
    let cache: any Cache
    let audit: any AuditTrail
    let authenticator: any Authenticator
    let mounted: MountedRoutes
    let streams: OpenStreams
    /// Counts requests; Redis's where there is one.
    let limiter: any RateLimiter
    let signals: ControlSignals
    let identity: Identity
    /// The plugins of this installation with their switches and menu entries.
    let directory = FeatureDirectory()
    /// What this pod's plugins do.
    let board: FeatureBoard
    let loader: PluginLoader
    /// Runs plugins' jobs and consumers.
    let contributionRunners: [any ContributionRunner]
    /// This pod's name among all.
    let pod = FleetReporter.newPod()
    let database: PostgresDatabase
    private let clock: any WallClock
    let scheduler: Scheduler
    let jobs: any JobAdministration
    /// In the order in which they start.
    let running: [any Service]

    init(
        database: PostgresDatabase, clock: any WallClock, logger: Logger, board: FeatureBoard, loader: PluginLoader,
        identity configuration: IdentityConfiguration, http: HTTPSettings
    ) {
        self.database = database
        self.clock = clock
        self.board = board
        self.loader = loader
        bus = PendingBus()
        cache = PendingCache()
        mounted = MountedRoutes()
        streams = OpenStreams(mostPerAccount: http.streamsPerAccount)
        limiter = LocalRateLimiter()
        signals = ControlSignals(database: database, logger: logger)
        identity = Identity(
            configuration,
            .init(
                database: database, clock: clock, logger: logger, signals: signals, features: directory, mounted: mounted,
                streams: streams))
        audit = identity.audit
        authenticator = identity.authenticator
        scheduler = Scheduler(
            database: database, settings: SchedulerSettings(pod: pod), logger: logger, wallClock: clock, signals: signals)
        jobs = JobAdministrator(store: scheduler.store, audit: audit, signals: signals)
        contributionRunners = [scheduler]
        running = [signals, streams] + identity.running + [scheduler]
    }

    /// What plugins can ask their host for by its protocol.
    func offer(to contracts: inout ContractRegistry, host: @escaping @Sendable (PluginName) -> PluginHost) {
        contracts.offer(
            FeatureSwitchboard(
                database: database, board: board, loader: loader, makeHost: host, audit: audit, signals: signals, clock: clock),
            as: (any FeatureAdministration).self)
        contracts.offer(jobs, as: (any JobAdministration).self)
        identity.offer(to: &contracts)
    }
}

private struct PendingBus: Bus {
    func publish<Payload>(_ topic: Topic<Payload>, _ payloads: [Payload], in transaction: any Transaction) async throws {
        throw KernelMisuse("there is no bus yet")
    }
    func subscribe(to topics: Set<TopicName>, after: Int64?, capacity: Int) async throws -> BusSubscription {
        throw KernelMisuse("there is no bus yet")
    }
}

private struct PendingCache: Cache {
    func value(_ key: CacheKey) async -> [UInt8]? { nil }
    func set(_ key: CacheKey, to value: [UInt8], for lifetime: Duration) async {}
    func remove(_ keys: [CacheKey]) async {}
}
