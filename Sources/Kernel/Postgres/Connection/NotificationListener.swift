import KernelAPI
import Logging
import Synchronization

/// Keeps one connection on LISTEN, without a task: everything happens in the loop's callbacks.
final class NotificationListener: LoopSource, ConnectionOwner {
    static let bufferLimit = 1_024
    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    private struct State {
        var connection: Connection?
        var pause = NotificationListener.firstPause
        /// The consumer must be told that something was dropped.
        var owesReconnected = false
        var isStopped = false
    }

    let deadline = Deadline()
    private let channel: String
    private let context: ConnectionContext
    private let continuation: AsyncStream<PostgresNotification>.Continuation
    private let onLoss: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        channel: String, context: ConnectionContext, continuation: AsyncStream<PostgresNotification>.Continuation,
        onLoss: @escaping @Sendable () -> Void
    ) {
        self.onLoss = onLoss
        self.channel = channel
        self.context = context
        self.continuation = continuation
    }

    func start() {
        guard context.loop.add(self) else { return continuation.finish() }
        connect()
    }

    func stop() {
        let connection = state.withLock { state in
            state.isStopped = true
            return state.connection.take()
        }
        connection?.close()
        context.loop.refresh()
    }

    private func connect() {
        let connection = state.withLock { state -> Connection? in
            guard !state.isStopped else { return nil }
            state.connection = Connection(context: context, owner: self)
            return state.connection
        }
        connection?.connect()
    }

    private func connectLater() {
        let pause = state.withLock { state in
            state.connection = nil
            defer { state.pause = min(state.pause * 2, Self.longestPause) }
            return state.pause
        }
        // Between half and the whole pause, so that many listeners do not come back in step.
        let due = Monotonic.after(pause * Double.random(in: 0.5...1))
        deadline.set(due)
        context.loop.deadlineMoved(to: due)
    }

    // MARK: ConnectionOwner

    func connectionOpened(_ connection: Connection) {
        let quoted = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        let request = Request(name: "kernel.listen", kind: .simple("LISTEN \"\(quoted)\""))
        connection.start(request, deadline: context.configuration.statementDeadline) { [self] outcome in
            switch outcome {
            case .success:
                state.withLock { $0.pause = Self.firstPause }
                yield(.reconnected)
            case .failure(let error):
                context.logger.debug("postgres listen failed", metadata: ["error": "\(error)"])
                connection.close()
                connectLater()
            }
        }
    }

    func connectionFailed(_ connection: Connection, _ error: DatabaseError) {
        context.logger.debug("postgres connection failed", metadata: ["error": "\(error)"])
        connectLater()
    }

    func connectionLost(_ connection: Connection) {
        onLoss()
        // When LISTEN itself was under way, its outcome has seen to the next attempt.
        guard state.withLock({ $0.connection === connection }) else { return }
        connectLater()
    }

    func connectionNotified(_ connection: Connection, channel: String, payload: String) {
        guard channel == self.channel else { return }
        yield(.notification(payload))
    }

    private func yield(_ event: PostgresNotification) {
        let owes = state.withLock { $0.owesReconnected }
        if owes {
            guard case .enqueued = continuation.yield(.reconnected) else { return }
            state.withLock { $0.owesReconnected = false }
        }
        if case .dropped = continuation.yield(event) { state.withLock { $0.owesReconnected = true } }
    }

    // MARK: LoopSource

    var isFinished: Bool { state.withLock { $0.isStopped } }
    func interest() -> Interest? { nil }
    func ready(readable: Bool, writable: Bool) {}
    func deadlinePassed() { connect() }
    func detached() { continuation.finish() }
}
