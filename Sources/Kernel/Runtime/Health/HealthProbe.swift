import KernelAPI
import KernelPostgres
import Logging
import ServiceLifecycle
import Synchronization

/// Asks the database at start and then every two seconds whether it is there, so that `/healthz` never costs a query.
final class HealthProbe: Service {
    private let database: PostgresDatabase
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let answering = Mutex(false)

    init(database: PostgresDatabase, logger: Logger, clock: any Clock<Duration> = ContinuousClock()) {
        self.database = database
        self.logger = logger
        self.clock = clock
    }

    var databaseAnswers: Bool { answering.withLock { $0 } }

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
