import KernelAPI
import Metrics

/// The bus as one plugin sees it.
struct EventBus: Bus {
    let plugin: PluginName
    let store: BusStore
    let hub: EventHub
    let pump: EventPump
    let clock: any WallClock

    func publish<Payload>(_ topic: Topic<Payload>, _ payloads: [Payload], in transaction: any Transaction) async throws {
        guard !payloads.isEmpty else { return }
        let encoded = try payloads.map { try $0.encoded() }
        try await store.publish(topic.name, encoded, at: clock.now, in: transaction)
        transaction.afterCommit { [pump] in
            Counter(label: "bus_events_total", dimensions: [("topic", topic.name.rawValue)]).increment(by: encoded.count)
            pump.look()
        }
    }

    func subscribe(to topics: Set<TopicName>, after: Int64?, capacity: Int) async throws -> BusSubscription {
        // Whoever asks first, this or the pump, says where this pod begins.
        if hub.position == nil { hub.begin(after: try await store.bounds().last) }
        let buffer = SubscriberBuffer(capacity: capacity)
        let (id, position) = try hub.attach(.init(name: plugin.rawValue, topics: topics, buffer: buffer))
        let end = SubscriptionEnd { [hub] in hub.detach(id) }
        let catchUp = after.map { CatchUp(store: store, topics: topics, after: $0, through: position) }
        return Self.subscription(buffer, catchUp: catchUp, end)
    }

    private static func subscription(
        _ buffer: SubscriberBuffer, catchUp: CatchUp?, _ end: SubscriptionEnd
    ) -> BusSubscription {
        BusSubscription {
            var catchUp = catchUp
            return .init {
                // Kept alive as long as somebody iterates.
                _ = end
                if let missed = await catchUp?.next() { return missed }
                // Not asked again for every event to come.
                catchUp = nil
                return await buffer.next()
            }
        }
    }
}

/// Ends a subscription when nobody holds it any more.
private final class SubscriptionEnd: Sendable {
    private let end: @Sendable () -> Void
    init(_ end: @escaping @Sendable () -> Void) { self.end = end }
    deinit { end() }
}
