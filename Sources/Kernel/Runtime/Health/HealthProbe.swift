import KernelAPI
import KernelPostgres
import KernelRedis
import Logging
import ServiceLifecycle
import Synchronization

/// Asks the database at start and then every two seconds whether it is there, so that `/healthz` never costs a query.
final class HealthProbe: Service {
    private let database: PostgresDatabase
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let redis: RedisClient?
    private let answering = Mutex(false)

    init(
        database: PostgresDatabase, redis: RedisClient? = nil, logger: Logger, clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.database = database
        self.redis = redis
        self.logger = logger
        self.clock = clock
    }

    var databaseAnswers: Bool { answering.withLock { $0 } }

    /// The client itself asks every few seconds.
    var redisLink: RedisLinkState {
        guard let redis else { return .none }
        return redis.isConnected ? .connected : .away
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await probe()
                // Cut short by the shutdown, which then ends the loop.
                try? await clock.sleep(for: .seconds(2), tolerance: nil)
            }
        }
    }

    func probe() async {
        do {
            try await database.ping()
            if !set(true) { logger.info("the database answers") }
        } catch {
            if set(false) { logger.error("the database does not answer", metadata: ["error": "\(error)"]) }
        }
    }

    /// - Returns: what was known before.
    private func set(_ value: Bool) -> Bool {
        answering.withLock { known in
            defer { known = value }
            return known
        }
    }
}

/// How a pod stands with Redis.
enum RedisLinkState: String, CaseIterable {
    case connected
    /// It goes on without: slower between pods, and each pod counts its own rate limits.
    case away
    /// This installation has none.
    case none
}
