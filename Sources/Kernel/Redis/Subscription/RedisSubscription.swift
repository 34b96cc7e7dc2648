/// What a subscriber hears.
public enum RedisSubscriptionEvent: Sendable, Equatable {
    /// The subscription is in force, for the first time or again, or the consumer was slower than its buffer: what was sent
    /// before may have been missed. Whoever keeps a position should look now.
    case reconnected
    case message(channel: String, payload: [UInt8])
}

/// The messages of some channels. For one consumer; ends when its task is cancelled or the client is closed.
///
/// At most ``RedisConfiguration/maximumBufferedMessages`` wait for a slow consumer. When there are more, all of them are dropped,
/// counted, and replaced by one ``RedisSubscriptionEvent/reconnected``.
public struct RedisSubscription: AsyncSequence, Sendable {
    public typealias Element = RedisSubscriptionEvent

    /// Ends the subscription when the last copy is gone.
    final class Lifetime: Sendable {
        let events: EventBuffer
        private let end: @Sendable () -> Void

        init(events: EventBuffer, end: @escaping @Sendable () -> Void) {
            self.events = events
            self.end = end
        }

        deinit { end() }
    }

    let lifetime: Lifetime

    public struct AsyncIterator: AsyncIteratorProtocol {
        let lifetime: Lifetime

        public mutating func next() async -> RedisSubscriptionEvent? { await lifetime.events.next() }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> RedisSubscriptionEvent? {
            await lifetime.events.next()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lifetime: lifetime) }
}
