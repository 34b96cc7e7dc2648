import Foundation
import KernelAPI
import KernelPostgres
import Logging
import ServiceLifecycle
import Synchronization

/// Carries ``ControlSignal``s between pods by LISTEN and NOTIFY, so that they arrive whether Redis is there or not.
///
/// They are few (somebody changed a right or a switch), so that the order which NOTIFY imposes on commits costs nothing.
/// Every second the pod sends itself a ping: while pings arrive, signals do.
final class ControlSignals: Service {
    private static let channel = "battlescope_control"
    private static let pingInterval = Duration.seconds(1)
    /// A pod that has not heard itself for so long may miss what others say.
    private static let silenceLimit = Duration.milliseconds(2_500)
    private static let capacity = 128

    private struct State {
        var subscribers: [Int: AsyncStream<ControlSignal>.Continuation] = [:]
        var nextSubscriber = 0
        var lastHeard: ContinuousClock.Instant?
        /// The connection that listens is gone and not back yet.
        var isLost = false
    }

    private let database: PostgresDatabase
    private let clock: any Clock<Duration>
    private let logger: Logger
    /// Tells this pod's pings from others'.
    private let podMark = UUID().uuidString
    private let state = Mutex(State())

    init(database: PostgresDatabase, logger: Logger, clock: any Clock<Duration> = ContinuousClock()) {
        self.database = database
        self.logger = logger
        self.clock = clock
    }

    /// Every pod, this one included, hears it when `transaction` has committed.
    func send(_ signal: ControlSignal, in transaction: any Transaction) async throws {
        try await transaction.query(Self.notify, Self.channel, signal.text)
    }

    /// What is heard from now on. A subscriber that is too slow gets ``ControlSignal/everything`` in place of what it missed.
    func received() -> AsyncStream<ControlSignal> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ControlSignal.self, bufferingPolicy: .bufferingNewest(Self.capacity))
        let number = state.withLock { state in
            defer { state.nextSubscriber += 1 }
            state.subscribers[state.nextSubscriber] = continuation
            return state.nextSubscriber
        }
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            _ = self.state.withLock { $0.subscribers.removeValue(forKey: number) }
        }
        return stream
    }

    /// Whether what other pods say is sure to be heard. While it is not, nothing that a signal would change may be cached.
    var isListening: Bool {
        state.withLock { state in
            !state.isLost && state.lastHeard.map { ContinuousClock.now - $0 < Self.silenceLimit } ?? false
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.listen() }
                group.addTask { await self.ping() }
            }
        }
    }

    private func listen() async {
        // At once, and not only when pings stay away: until it is back, this pod hears nothing.
        let events = database.listen(Self.channel) { [weak self] in self?.state.withLock { $0.isLost = true } }
        for await event in events {
            switch event {
            case .reconnected:
                // Listening again counts from the next ping, which comes after everybody has looked anew.
                state.withLock { state in
                    state.isLost = false
                    state.lastHeard = nil
                }
                deliver(.everything)
            case .notification("ping \(podMark)"): state.withLock { $0.lastHeard = .now }
            case .notification(let text) where text.hasPrefix("ping "): continue
            case .notification(let text): deliver(ControlSignal(text: text))
            }
        }
    }

    private func ping() async {
        while !Task.isCancelled {
            do {
                try await database.query(Self.notify, Self.channel, "ping \(podMark)")
            } catch {
                // The health probe tells that the database is away; silence is all that this means here.
                logger.debug("control ping failed", metadata: ["error": "\(error)"])
            }
            try? await clock.sleep(for: Self.pingInterval, tolerance: nil)
        }
    }

    func deliver(_ signal: ControlSignal) {
        for subscriber in state.withLock({ Array($0.subscribers.values) }) {
            if case .dropped = subscriber.yield(signal) { subscriber.yield(.everything) }
        }
    }

    private static let notify = Statement("kernel.notify_control", "SELECT pg_notify($1, $2)")
}
