import KernelAPI
import Metrics
import Synchronization

/// The end of a pool.
extension ConnectionPool {
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
