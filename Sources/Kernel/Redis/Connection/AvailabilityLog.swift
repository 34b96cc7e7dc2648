import Logging
import Synchronization

/// Says once that a server is away, and once that it is back; what happens in between is for debugging.
final class AvailabilityLog: Sendable {
    private let logger: Logger
    private let endpoint: String
    private let saidAway = Mutex(false)

    init(logger: Logger, endpoint: String) {
        self.logger = logger
        self.endpoint = endpoint
    }

    func isAway(_ reason: RedisError) {
        let isNews = saidAway.withLock { said in
            defer { said = true }
            return !said
        }
        logger.log(
            level: isNews ? .warning : .debug, "redis is not reachable", metadata: ["error": "\(reason)", "redis": "\(endpoint)"])
    }

    func isBack() {
        let wasAway = saidAway.withLock { said in
            defer { said = false }
            return said
        }
        logger.log(level: wasAway ? .notice : .debug, "redis is connected", metadata: ["redis": "\(endpoint)"])
    }
}
