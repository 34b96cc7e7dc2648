import KernelAPI
import KernelPostgres
import KernelRedis
import Logging
import ServiceLifecycle

/// What the kernel lends to all plugins, made once a process, and what has to run for it.
struct KernelServices: Sendable {
    let hub = EventHub()
    private let store: BusStore
    private let pump: EventPump
    private let values: CacheValues
    /// `nil` without Redis.
    let redis: RedisClient?
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
        identity configuration: IdentityConfiguration, http: HTTPSettings, redis: RedisClient?
    ) {
        self.database = database
        self.clock = clock
        self.board = board
        self.loader = loader
        self.redis = redis
        store = BusStore(database: database)
        pump = EventPump(store: store, hub: hub, database: database, redis: redis, wallClock: clock, logger: logger)
        values = CacheValues(redis: redis)
        mounted = MountedRoutes()
        streams = OpenStreams(mostPerAccount: http.streamsPerAccount)
        limiter = redis.map { RedisRateLimiter(redis: $0) } ?? LocalRateLimiter()
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
        let consumers = ConsumerRunner(database: database, hub: hub, clock: clock)
        contributionRunners = [scheduler, consumers]
        running = (redis.map { [$0] } ?? []) + [signals, pump, streams] + identity.running + [scheduler, consumers]
    }

    /// The bus as this plugin sees it.
    func bus(_ plugin: PluginName) -> any Bus { EventBus(plugin: plugin, store: store, hub: hub, pump: pump, clock: clock) }

    /// The plugin's own part of the cache.
    func cache(_ plugin: PluginName) -> any Cache { PluginCache(plugin: plugin, values: values) }

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
