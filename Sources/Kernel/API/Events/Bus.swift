public import struct Foundation.Date

/// Durable events between plugins and pods.
///
/// An event is written in the transaction that makes it true. A relay gives it the next number of one sequence without
/// gaps; from then on it is delivered everywhere, in the order of the numbers, at least once.
public protocol Bus: Sendable {
    /// Writes events; they are delivered after `transaction` has committed, and never when it has not.
    func publish<Payload>(_ topic: Topic<Payload>, _ payloads: [Payload], in transaction: any Transaction) async throws

    /// Follows topics from now, or from just after an event: first what is kept, then what comes.
    ///
    /// - Parameters:
    ///   - after: the number of the last event that was seen; `nil` begins with the next one.
    ///   - capacity: how many events may wait for this subscriber. One more and they are dropped and counted, and the
    ///     subscriber gets ``BusDelivery/resync(next:)``.
    func subscribe(to topics: Set<TopicName>, after: Int64?, capacity: Int) async throws -> BusSubscription
}

/// An event with its place in the sequence of all events.
public struct BusEvent: Sendable, Equatable {
    /// 1, 2, 3...: the same for every reader; Server-Sent Events use it as their id.
    public let number: Int64
    public let topic: TopicName
    public let payload: [UInt8]
    /// When it was published, by the publisher's clock.
    public let time: Date

    public init(number: Int64, topic: TopicName, payload: [UInt8], time: Date) {
        self.number = number
        self.topic = topic
        self.payload = payload
        self.time = time
    }

    /// - Returns: `nil` when the event is of another topic.
    public func payload<Payload>(of topic: Topic<Payload>) throws -> Payload? {
        self.topic == topic.name ? try Payload(encoded: payload) : nil
    }
}

/// What a subscriber receives.
public enum BusDelivery: Sendable, Equatable {
    case event(BusEvent)
    /// Events were lost to this subscriber (it was too slow, or asked for more than is kept): whoever holds a picture makes
    /// it anew. Events go on with number `next` or a later one.
    case resync(next: Int64)
}

/// A subscriber's events; ending the iteration or its task ends the subscription.
public struct BusSubscription: AsyncSequence, Sendable {
    public typealias Element = BusDelivery
    private let make: @Sendable () -> AsyncIterator

    public init(_ make: @escaping @Sendable () -> AsyncIterator) { self.make = make }

    public func makeAsyncIterator() -> AsyncIterator { make() }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private let nextDelivery: () async -> BusDelivery?
        public init(next: @escaping () async -> BusDelivery?) { nextDelivery = next }
        public mutating func next() async -> BusDelivery? { await nextDelivery() }
    }
}
