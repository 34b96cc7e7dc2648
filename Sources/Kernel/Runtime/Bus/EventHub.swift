import KernelAPI
import Metrics
import Synchronization

/// Hands the events that this pod reads to everybody here who follows them.
final class EventHub: Sendable {
    struct Subscriber: Sendable {
        /// For metrics: the plugin.
        let name: String
        let topics: Set<TopicName>
        let buffer: SubscriberBuffer
    }

    private struct State {
        /// The last event that was handed on; `nil` before the first look.
        var position: Int64?
        var subscribers: [Int: Subscriber] = [:]
        var wakes: [Int: WakeSignal] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    /// The last event that was handed on; `nil` before the first look.
    var position: Int64? { state.withLock { $0.position } }

    /// How many follow events here.
    var subscriberCount: Int { state.withLock { $0.subscribers.count } }

    /// Begins with what comes after this event, unless it has begun.
    func begin(after number: Int64) { state.withLock { $0.position = $0.position ?? number } }

    /// Only once it has begun: before that, nobody could say what the subscriber will not get from here.
    ///
    /// - Returns: a number for ``detach(_:)``, and the last event that this subscriber will not get from here.
    func attach(_ subscriber: Subscriber) throws -> (id: Int, position: Int64) {
        try state.withLock { state in
            guard let position = state.position else { throw BusError("the bus has not begun") }
            defer { state.nextNumber += 1 }
            state.subscribers[state.nextNumber] = subscriber
            return (state.nextNumber, position)
        }
    }

    /// Signals whenever there are events.
    func attach(_ wake: WakeSignal) -> Int {
        state.withLock { state in
            defer { state.nextNumber += 1 }
            state.wakes[state.nextNumber] = wake
            return state.nextNumber
        }
    }

    func detach(_ id: Int) {
        let subscriber = state.withLock { state in
            state.wakes.removeValue(forKey: id)
            return state.subscribers.removeValue(forKey: id)
        }
        subscriber?.buffer.end()
    }

    /// - Parameter events: those that follow the last ones.
    func hand(_ events: [BusEvent]) {
        guard let last = events.last else { return }
        let (subscribers, wakes) = state.withLock { state in
            // Under the same lock as attaching: who comes in between gets them either from here or from the table.
            state.position = last.number
            return (Array(state.subscribers.values), Array(state.wakes.values))
        }
        for event in events {
            for subscriber in subscribers where subscriber.topics.contains(event.topic) {
                let dropped = subscriber.buffer.offer(event)
                if dropped > 0 {
                    Counter(label: "bus_dropped_total", dimensions: [("subscriber", subscriber.name)]).increment(by: dropped)
                }
            }
        }
        for wake in wakes { wake.signal() }
    }

    func end() {
        for subscriber in state.withLock({ Array($0.subscribers.values) }) { subscriber.buffer.end() }
    }
}
