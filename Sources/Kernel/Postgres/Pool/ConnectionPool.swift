import KernelAPI
import Logging
import Metrics
import Synchronization

/// A bounded number of connections, made when they are needed.
final class ConnectionPool: LoopSource, ConnectionOwner {
    typealias Ticket = CheckedContinuation<Connection, any Error>

    struct State {
        var pool: PoolState<Connection, Ticket>
        /// Every connection there is, in whatever state.
        var connections: [ObjectIdentifier: Connection] = [:]
        var isOnLoop = false
        var onEmpty: CheckedContinuation<Void, Never>?
    }

    let context: ConnectionContext
    let deadline = Deadline()
    let state: Mutex<State>
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

    func hand(_ connection: Connection, to ticket: Ticket?, isIdle: Bool) {
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

    func remove(_ connection: Connection) {
        let onEmpty = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.connections[ObjectIdentifier(connection)] = nil
            return state.pool.isClosed && state.pool.isEmpty ? state.onEmpty.take() : nil
        }
        connection.close()
        onEmpty?.resume()
    }

    func startConnection() {
        let connection = Connection(context: context, owner: self)
        state.withLock { $0.connections[ObjectIdentifier(connection)] = connection }
        connection.connect()
    }

    func resetDeadline(_ state: borrowing State) {
        deadline.set(state.pool.waiters.first?.due ?? Monotonic.never)
    }
}
