import Foundation
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
    let scheduler: Scheduler
    let jobs: any JobAdministration
    /// In the order in which they start.
    let running: [any Service]

    init(database: PostgresDatabase, clock: any WallClock, logger: Logger) {
        bus = PendingBus()
        cache = PendingCache()
        audit = PendingAudit()
        authenticator = FixedAuthenticator(nil)
        mounted = MountedRoutes()
        streams = OpenStreams()
        limiter = LocalRateLimiter()
        signals = ControlSignals(database: database, logger: logger)
        scheduler = Scheduler(
            database: database, settings: SchedulerSettings(pod: Self.podName), logger: logger, wallClock: clock, signals: signals
        )
        jobs = JobAdministrator(store: scheduler.store, audit: audit, signals: signals)
        running = [signals, scheduler]
    }

    /// What plugins can ask for by its protocol.
    func offer(to contracts: inout ContractRegistry) {
        contracts.offer(jobs, as: (any JobAdministration).self)
    }

    /// In Kubernetes the host's name is the pod's; elsewhere several processes share a host.
    private static let podName = "\(ProcessInfo.processInfo.hostName)/\(ProcessInfo.processInfo.processIdentifier)"
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

private struct PendingAudit: AuditTrail {
    func record(_ entry: AuditEntry, in transaction: any Transaction) async throws {
        throw KernelMisuse("there is no audit trail yet")
    }
}
