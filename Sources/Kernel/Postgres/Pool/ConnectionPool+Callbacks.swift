import KernelAPI
import Logging
import Metrics
import Synchronization

/// What connections and the loop tell the pool.
extension ConnectionPool {
    func connectionOpened(_ connection: Connection) {
        let (ticket, isIdle) = state.withLock { state in
            let ticket = state.pool.opened(connection)
            resetDeadline(state)
            return (ticket, ticket == nil && !state.pool.isClosed)
        }
        hand(connection, to: ticket, isIdle: isIdle)
    }

    func connectionFailed(_ connection: Connection, _ error: DatabaseError) {
        context.logger.debug("postgres connection failed", metadata: ["error": "\(error)"])
        let (told, next) = state.withLock { state in
            defer { resetDeadline(state) }
            return state.pool.failedToOpen()
        }
        remove(connection)
        told?.resume(throwing: error)
        if next == .startConnection { startConnection() }
    }

    func connectionLost(_ connection: Connection) {
        guard state.withLock({ $0.pool.lost(connection) }) else { return }
        context.metrics.idle.decrement()
        context.logger.debug("postgres idle connection lost")
        remove(connection)
    }

    func connectionNotified(_ connection: Connection, channel: String, payload: String) {}

    // MARK: LoopSource

    var isFinished: Bool { false }
    func interest() -> Interest? { nil }
    func ready(readable: Bool, writable: Bool) {}
    func detached() {}

    func deadlinePassed() {
        let expired = state.withLock { state in
            defer { resetDeadline(state) }
            return state.pool.expire(now: Monotonic.now)
        }
        for ticket in expired {
            let message = "no connection became free within \(context.configuration.poolWaitDeadline)"
            ticket.resume(throwing: DatabaseError(.poolExhausted, message))
        }
    }
}
