import Logging
import Metrics
import NIOCore
import Synchronization

/// The subscriptions of one client, each with a connection of its own.
final class Subscriptions: Sendable {
    private struct Subscription: Sendable {
        let keeper: ConnectionKeeper
        let events: EventBuffer
    }

    private struct State {
        var open: [Int: Subscription] = [:]
        var count = 0
        var isClosed = false
    }

    private let connector: RedisConnector
    private let metrics: RedisMetrics
    private let logger: Logger
    private let state = Mutex(State())

    init(connector: RedisConnector, metrics: RedisMetrics, logger: Logger) {
        self.connector = connector
        self.metrics = metrics
        self.logger = logger
    }

    func subscribe(to channels: [String]) -> RedisSubscription {
        let events = EventBuffer(limit: connector.configuration.maximumBufferedMessages)
        let subscription = Subscription(keeper: keeper(channels, events), events: events)
        let number: Int? = state.withLock { state in
            guard !state.isClosed, !channels.isEmpty else { return nil }
            state.count += 1
            state.open[state.count] = subscription
            return state.count
        }
        guard let number else {
            events.finish()
            return RedisSubscription(lifetime: .init(events: events) {})
        }
        subscription.keeper.start()
        return RedisSubscription(lifetime: .init(events: events) { [self] in end(number) })
    }

    func close() {
        let open = state.withLock { state in
            state.isClosed = true
            defer { state.open = [:] }
            return Array(state.open.values)
        }
        for subscription in open { finish(subscription) }
    }

    private func end(_ number: Int) {
        if let subscription = state.withLock({ $0.open.removeValue(forKey: number) }) { finish(subscription) }
    }

    private func finish(_ subscription: Subscription) {
        subscription.keeper.stop()
        subscription.events.finish()
    }

    private func keeper(_ channels: [String], _ events: EventBuffer) -> ConnectionKeeper {
        let (connector, metrics) = (connector, metrics)
        let log = AvailabilityLog(logger: logger, endpoint: connector.configuration.redactedDescription)
        let push = { @Sendable (event: RedisSubscriptionEvent) in
            let dropped = events.push(event)
            if dropped > 0 { metrics.dropped.increment(by: Int64(dropped)) }
        }
        let listener = SubscriptionHandler.Listener(
            inForce: {
                log.isBack()
                push(.reconnected)
            },
            message: { push(.message(channel: $0, payload: $1)) },
            failed: { log.isAway($0) })
        return ConnectionKeeper(
            configuration: connector.configuration, eventLoop: connector.eventLoop,
            owner: .init(
                connect: {
                    connector.connect {
                        SubscriptionHandler(channels: channels, configuration: connector.configuration, listener: listener)
                    }
                },
                opened: { channel in
                    // A channel that is closed already is announced as lost right after this.
                    let handler = try? channel.pipeline.syncOperations.handler(type: SubscriptionHandler.self)
                    handler?.start()
                },
                away: { error in if let error { log.isAway(error) } },
                close: { $0.close(promise: nil) }))
    }
}
