import KernelAPI
import Logging
import Metrics
import Synchronization

/// A bounded number of connections, made when they are needed.
final class ConnectionPool: LoopSource, ConnectionOwner {
    typealias Ticket = CheckedContinuation<Connection, any Error>

    private struct State {
        var pool: PoolState<Connection, Ticket>
        /// Every connection there is, in whatever state.
        var connections: [ObjectIdentifier: Connection] = [:]
        var isOnLoop = false
        var onEmpty: CheckedContinuation<Void, Never>?
    }

    let context: ConnectionContext
    let deadline = Deadline()
    private let state: Mutex<State>
    private let counter = Atomic<UInt64>(0)

    init(context: ConnectionContext) {
        self.context = context
        let configuration = context.configuration
        state = Mutex(
            State(
                pool: PoolState(
                    width: max(1, configuration.maximumConnections), waiterLimit: max(1, configuration.maximumWaiters))))
    }

    var statistics: PostgresStatistics {
        state.withLock { state in
            PostgresStatistics(active: state.pool.leased, idle: state.pool.idle.count, waiting: state.pool.waiters.count)
        }
    }

    // MARK: Leasing

    /// - Throws: ``DatabaseError`` with `poolExhausted` or `unavailable`; `CancellationError`.
    func lease() async throws -> Connection {
        if let connection = state.withLock({ $0.pool.leaseIdle() }) {
            context.metrics.idle.decrement()
            context.metrics.active.increment()
            return connection
        }
        let identifier = counter.add(1, ordering: .relaxed).newValue
        let connection = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait($0, identifier: identifier) }
        } onCancel: {
            state.withLock { $0.pool.cancel(identifier) }?.resume(throwing: CancellationError())
        }
        context.metrics.active.increment()
        return connection
    }

    private func wait(_ ticket: Ticket, identifier: UInt64) {
        let due = Monotonic.after(context.configuration.poolWaitDeadline)
        // The cancellation handler looks into the queue under the same lock: one of the two sees the other.
        let (outcome, joins) = state.withLock { state -> (PoolState<Connection, Ticket>.Wait?, Bool) in
            if Task.isCancelled { return (nil, false) }
            let outcome = state.pool.wait(.init(identifier: identifier, ticket: ticket, due: due))
            guard case .queued = outcome else { return (outcome, false) }
            resetDeadline(state)
            defer { state.isOnLoop = true }
            return (outcome, !state.isOnLoop)
        }
        if joins { _ = context.loop.add(self) }
        switch outcome {
        case nil: ticket.resume(throwing: CancellationError())
        case .leased(let connection):
            context.metrics.idle.decrement()
            ticket.resume(returning: connection)
        case .queued(let startsConnection):
            context.loop.deadlineMoved(to: due)
            if startsConnection { startConnection() }
        case .closed: ticket.resume(throwing: Self.closedError)
        case .full:
            let message = "\(context.configuration.maximumWaiters) tasks wait for a connection already"
            ticket.resume(throwing: DatabaseError(.poolExhausted, message))
        }
    }

    /// Takes a connection back; one that is broken or in the middle of something is closed instead.
    func release(_ connection: Connection) {
        context.metrics.active.decrement()
        guard connection.isReusable else { return discard(connection) }
        let (ticket, isIdle) = state.withLock { state in
            let ticket = state.pool.release(connection)
            resetDeadline(state)
            return (ticket, ticket == nil && !state.pool.isClosed)
        }
        hand(connection, to: ticket, isIdle: isIdle)
        // It may have been lost before it was in the list of idle ones.
        if isIdle, !connection.isOpen { connectionLost(connection) }
    }

    private func hand(_ connection: Connection, to ticket: Ticket?, isIdle: Bool) {
        if let ticket {
            ticket.resume(returning: connection)
        } else if isIdle {
            context.metrics.idle.increment()
        } else {
            remove(connection)
        }
    }

    private func discard(_ connection: Connection) {
        let next = state.withLock { $0.pool.discard() }
        remove(connection)
        if next == .startConnection { startConnection() }
    }

    private func remove(_ connection: Connection) {
        let onEmpty = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.connections[ObjectIdentifier(connection)] = nil
            return state.pool.isClosed && state.pool.isEmpty ? state.onEmpty.take() : nil
        }
        connection.close()
        onEmpty?.resume()
    }

    private func startConnection() {
        let connection = Connection(context: context, owner: self)
        state.withLock { $0.connections[ObjectIdentifier(connection)] = connection }
        connection.connect()
    }

    // MARK: ConnectionOwner

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

    private func resetDeadline(_ state: borrowing State) {
        deadline.set(state.pool.waiters.first?.due ?? Monotonic.never)
    }

    // MARK: Closing

    static let closedError = DatabaseError(.unavailable, "the database has been closed")

    /// Refuses new leases, waits for those under way, up to `patience`, then cuts them off.
    func close(patience: Duration) async {
        shut()
        // Ends the wait below: connections that are still leased fail their statements and come back.
        let reaper = Reaper(due: Monotonic.after(patience)) { [self] in
            for connection in state.withLock({ Array($0.connections.values) }) { connection.close() }
            state.withLock { $0.onEmpty.take() }?.resume()
        }
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                guard !state.pool.isEmpty else { return true }
                state.onEmpty = continuation
                return false
            }
            if isEmpty || !context.loop.add(reaper) { return continuation.resume() }
            context.loop.deadlineMoved(to: reaper.deadline.get())
        }
    }

    /// Closes what is idle or being made and tells those who wait.
    func shut() {
        let (idle, waiters, pending) = state.withLock { state in
            let (idle, waiters) = state.pool.close()
            return (idle, waiters, Array(state.connections.values))
        }
        for _ in idle { context.metrics.idle.decrement() }
        for connection in idle { remove(connection) }
        for waiter in waiters { waiter.resume(throwing: Self.closedError) }
        for connection in pending { connection.stopConnecting() }
    }
}

/// Calls back on the loop at a point of time.
private final class Reaper: LoopSource {
    let deadline = Deadline()
    private let action: @Sendable () -> Void

    init(due: UInt64, action: @escaping @Sendable () -> Void) {
        self.action = action
        deadline.set(due)
    }

    var isFinished: Bool { false }
    func interest() -> Interest? { nil }
    func ready(readable: Bool, writable: Bool) {}
    func deadlinePassed() { action() }
    func detached() {}
}
