import DequeModule
import Synchronization

/// Events between the event loop and one consumer, a bounded number of them.
final class EventBuffer: Sendable {
    private struct State {
        var events: Deque<RedisSubscriptionEvent> = []
        var consumer: CheckedContinuation<RedisSubscriptionEvent?, Never>?
        var isFinished = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = max(1, limit) }

    /// - Returns: how many messages were dropped to make room.
    func push(_ event: RedisSubscriptionEvent) -> Int {
        let (consumer, dropped) = state.withLock { state -> (CheckedContinuation<RedisSubscriptionEvent?, Never>?, Int) in
            guard !state.isFinished else { return (nil, 0) }
            if let consumer = state.consumer.take() { return (consumer, 0) }
            guard state.events.count >= limit else {
                state.events.append(event)
                return (nil, 0)
            }
            // One lost message makes the consumer look for itself, and then the others tell it nothing new.
            let dropped = state.events.count { $0 != .reconnected } + (event == .reconnected ? 0 : 1)
            state.events = [.reconnected]
            return (nil, dropped)
        }
        consumer?.resume(returning: event)
        return dropped
    }

    /// What is there is still delivered.
    func finish() {
        let consumer = state.withLock { state in
            state.isFinished = true
            return state.consumer.take()
        }
        consumer?.resume(returning: nil)
    }

    func next() async -> RedisSubscriptionEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome: RedisSubscriptionEvent?? = state.withLock { state in
                    // The cancellation handler looks under the same lock: one of the two sees the other.
                    if Task.isCancelled { return .some(nil) }
                    if let event = state.events.popFirst() { return event }
                    if state.isFinished { return .some(nil) }
                    // A second consumer takes the first one's place, which then ends.
                    let replaced = state.consumer
                    state.consumer = continuation
                    replaced?.resume(returning: nil)
                    return .none
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            state.withLock { $0.consumer.take() }?.resume(returning: nil)
        }
    }
}
