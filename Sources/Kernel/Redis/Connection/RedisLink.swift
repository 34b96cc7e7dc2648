import Logging
import Metrics
import NIOCore
import Synchronization

/// What tasks know of the command connection: it is there, or why it is not.
final class RedisLink: Sendable {
    private struct State {
        var connection: RedisConnection?
        /// Why there is none.
        var reason = RedisError(.unavailable, "not connected yet")
        var isClosed = false
        var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var waiterCount: UInt64 = 0
    }

    private static let waiterLimit = 10_000
    private let state = Mutex(State())
    private let configuration: RedisConfiguration
    private let metrics: RedisMetrics
    private let log: AvailabilityLog

    init(configuration: RedisConfiguration, metrics: RedisMetrics, logger: Logger) {
        self.configuration = configuration
        self.metrics = metrics
        log = AvailabilityLog(logger: logger, endpoint: configuration.redactedDescription)
    }

    var isConnected: Bool { state.withLock { $0.connection?.isOpen ?? false } }
    var commandsInFlight: Int { state.withLock { $0.connection }?.commandsInFlight ?? 0 }

    /// - Throws: why there is no connection, at once.
    func connection(for command: RedisCommand) throws(RedisError) -> RedisConnection {
        try state.withLock { state throws(RedisError) in
            if let connection = state.connection { return connection }
            throw RedisError(.unavailable, state.reason.message, serverCode: state.reason.serverCode, command: command.name)
        }
    }

    // MARK: Called by the keeper, on the event loop

    func opened(_ channel: any Channel) {
        // A channel that is closed already is announced as lost right after this.
        guard let connection = try? RedisConnection(channel: channel, configuration: configuration) else { return }
        let waiters = state.withLock { state in
            guard !state.isClosed else { return [CheckedContinuation<Void, any Error>]() }
            state.connection = connection
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        metrics.connected.record(1)
        metrics.connections.increment()
        log.isBack()
        for waiter in waiters { waiter.resume() }
    }

    func away(_ error: RedisError?) {
        let reason = error ?? RedisError(.unavailable, "the connection was lost")
        let isClosed = state.withLock { state in
            state.connection = nil
            if !state.isClosed { state.reason = reason }
            return state.isClosed
        }
        metrics.connected.record(0)
        if !isClosed { log.isAway(reason) }
    }

    // MARK: The end

    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            state.connection = nil
            state.reason = RedisError(.unavailable, "the client is closed")
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(throwing: RedisError(.unavailable, "the client is closed")) }
    }

    // MARK: Waiting

    func waitUntilConnected() async throws {
        let number = state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait($0, number: number) }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }

    private func wait(_ continuation: CheckedContinuation<Void, any Error>, number: UInt64) {
        // The cancellation handler looks under the same lock: one of the two sees the other.
        let outcome: Result<Void, any Error>? = state.withLock { state in
            if Task.isCancelled { return .failure(CancellationError()) }
            // One that has just been lost may still be here.
            if state.connection?.isOpen == true { return .success(()) }
            if state.isClosed { return .failure(state.reason) }
            guard state.waiters.count < Self.waiterLimit else {
                return .failure(RedisError(.overloaded, "\(Self.waiterLimit) tasks wait for a connection already"))
            }
            state.waiters[number] = continuation
            return nil
        }
        if let outcome { continuation.resume(with: outcome) }
    }
}
