import KernelAPI
import Logging
import Synchronization

/// Who is told about a connection's life. Called without any lock, on whatever thread noticed.
protocol ConnectionOwner: AnyObject, Sendable {
    func connectionOpened(_ connection: Connection)
    func connectionFailed(_ connection: Connection, _ error: DatabaseError)
    /// A connection that was open is lost; a request under way has been failed already.
    func connectionLost(_ connection: Connection)
    func connectionNotified(_ connection: Connection, channel: String, payload: String)
}

/// What connections of one database share.
struct ConnectionContext: Sendable {
    let configuration: PostgresConfiguration
    let loop: PollLoop
    let connectThreads: BlockingThreads
    let cancelThreads: BlockingThreads
    let metrics: PostgresMetrics
    let logger: Logger
}

/// One connection to the server: a `PGconn`, the request under way and its waiter, behind one lock.
///
/// The caller's thread sends, the loop's thread receives; neither ever waits for the network while it holds the lock.
final class Connection: LoopSource {
    enum Phase: Equatable {
        /// Names are being resolved on a thread of their own.
        case starting
        case connecting(reads: Bool, writes: Bool)
        case open
        case finished
    }

    struct State {
        var phase = Phase.starting
        var handle: ConnectionHandle?
        var wantsWrite = false
        var operation: Operation?
        var prepared = PreparedStatements()
        /// Set when the connection must not be used again after the request under way.
        var isWornOut = false
        weak var owner: (any ConnectionOwner)?
    }

    /// What has to happen once the lock is released.
    struct Effects {
        var resume: (waiter: Operation.Waiter, outcome: Result<[Rows], any Error>)?
        var opened = false
        var failed: DatabaseError?
        var lost = false
        var refreshes = false
        var cancel: (handle: CancelHandle, operation: UInt64)?
        var notifications: [(channel: String, payload: String)] = []
    }

    let context: ConnectionContext
    let deadline = Deadline()
    let state = Mutex(State())
    let notices: NoticeLog
    private static let operationCounter = Atomic<UInt64>(0)

    init(context: ConnectionContext, owner: any ConnectionOwner) {
        self.context = context
        notices = NoticeLog(logger: context.logger)
        state.withLock { $0.owner = owner }
    }

    /// Fit to be used by the next one: open, quiet, in no transaction.
    var isReusable: Bool {
        state.withLock { state in
            guard state.phase == .open, state.operation == nil, !state.isWornOut, let handle = state.handle else { return false }
            return handle.isInIdleTransactionState
        }
    }

    var isOpen: Bool { state.withLock { $0.phase == .open } }

    /// True after a statement of the current transaction has failed: the server will refuse everything but ROLLBACK.
    var isInFailedTransaction: Bool { state.withLock { $0.handle?.isInFailedTransaction ?? false } }
    var isInTransaction: Bool { state.withLock { !($0.handle?.isInIdleTransactionState ?? true) } }
    var backendProcess: Int32 { state.withLock { $0.handle?.backendProcess ?? 0 } }

    /// Runs one request and waits for its whole answer.
    ///
    /// - Parameter deadline: after it the statement is cancelled.
    func perform(_ request: Request, deadline: Duration?) async throws -> [Rows] {
        let identifier = Self.operationCounter.add(1, ordering: .relaxed).newValue
        guard request.isCancellable else {
            return try await withCheckedThrowingContinuation { waiter in
                submit(request, identifier: identifier, waiter: .task(waiter), deadline: deadline)
            }
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                submit(request, identifier: identifier, waiter: .task(waiter), deadline: deadline)
            }
        } onCancel: {
            cancel(operation: identifier, reason: .task)
        }
    }

    /// Runs one request; `completion` is called on whatever thread learns the outcome.
    func start(
        _ request: Request, deadline: Duration?, completion: @escaping @Sendable (Result<[Rows], any Error>) -> Void
    ) {
        let identifier = Self.operationCounter.add(1, ordering: .relaxed).newValue
        submit(request, identifier: identifier, waiter: .callback(completion), deadline: deadline)
    }

    /// Gives the connection up. The loop closes the socket; a request under way fails.
    func close() {
        var effects = Effects()
        state.withLock { state in
            state.owner = nil
            guard state.phase != .finished else { return }
            finish(&state, reason: "the connection was closed", &effects)
        }
        perform(effects)
    }

    /// Enters the last phase; the waiter, if any, gets the loss.
    func finish(_ state: inout State, reason: String, _ effects: inout Effects) {
        state.phase = .finished
        deadline.set(Monotonic.never)
        effects.refreshes = true
        if let operation = state.operation {
            effects.resume = (operation.waiter, operation.outcome ?? operation.lostOutcome(reason))
            state.operation = nil
        }
    }

    func perform(_ effects: Effects) {
        if let (waiter, outcome) = effects.resume { waiter.resume(with: outcome) }
        if effects.refreshes { context.loop.refresh() }
        if let (handle, operation) = effects.cancel { send(handle, operation: operation) }
        guard effects.opened || effects.failed != nil || effects.lost || !effects.notifications.isEmpty else { return }
        guard let owner = state.withLock({ $0.owner }) else { return }
        for (channel, payload) in effects.notifications {
            owner.connectionNotified(self, channel: channel, payload: payload)
        }
        if effects.opened { owner.connectionOpened(self) }
        if let error = effects.failed { owner.connectionFailed(self, error) }
        if effects.lost { owner.connectionLost(self) }
    }
}
