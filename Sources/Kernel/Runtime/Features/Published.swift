import Synchronization

/// A value that one owner publishes and many read, without waiting for the owner.
package final class Published<Value: Sendable & Equatable>: Sendable {
    private struct State {
        var value: Value
        var subscribers: [Int: AsyncStream<Value>.Continuation] = [:]
        var nextSubscriber = 0
    }

    private let state: Mutex<State>

    package init(_ value: Value) { state = Mutex(State(value: value)) }

    package var value: Value { state.withLock { $0.value } }

    /// - Returns: whether it differs from before.
    @discardableResult
    package func publish(_ value: Value) -> Bool {
        let listeners: [AsyncStream<Value>.Continuation]? = state.withLock { state in
            guard state.value != value else { return nil }
            state.value = value
            return Array(state.subscribers.values)
        }
        for listener in listeners ?? [] { listener.yield(value) }
        return listeners != nil
    }

    /// The value as it is now, then after each change. Who reads slowly misses what is in between, never the newest.
    package func values() -> AsyncStream<Value> {
        let (stream, continuation) = AsyncStream.makeStream(of: Value.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextSubscriber += 1
            state.subscribers[state.nextSubscriber] = continuation
            // Under the lock, so that a change cannot come before it.
            continuation.yield(state.value)
            return state.nextSubscriber
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.subscribers.removeValue(forKey: number) }
        }
        return stream
    }
}
