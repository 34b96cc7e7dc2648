import DequeModule
import KernelAPI
import Synchronization

/// What waits for one subscriber: a bounded queue with one reader.
///
/// One event more than it holds, and all of them are dropped and replaced by one ``BusDelivery/resync(next:)``: a reader that
/// is too slow would get old news for ever.
final class SubscriberBuffer: Sendable {
    private struct State {
        var queue: Deque<BusDelivery> = []
        var reader: CheckedContinuation<BusDelivery?, Never>?
        var isEnded = false
    }

    let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// How many deliveries wait.
    var count: Int { state.withLock { $0.queue.count } }

    /// - Returns: how many events were dropped for it.
    func offer(_ event: BusEvent) -> Int {
        let (reader, dropped) = state.withLock { state -> (CheckedContinuation<BusDelivery?, Never>?, Int) in
            guard !state.isEnded else { return (nil, 0) }
            if let reader = state.reader.take() { return (reader, 0) }
            var dropped = 0
            if state.queue.count >= capacity {
                dropped = state.queue.count { if case .event = $0 { true } else { false } }
                state.queue.removeAll(keepingCapacity: true)
                state.queue.append(.resync(next: event.number))
            }
            state.queue.append(.event(event))
            return (nil, dropped)
        }
        reader?.resume(returning: .event(event))
        return dropped
    }

    /// - Returns: `nil` when the subscription or the reader's task has ended.
    func next() async -> BusDelivery? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: BusDelivery?? = state.withLock { state in
                    if state.isEnded { return .some(nil) }
                    if let delivery = state.queue.popFirst() { return .some(delivery) }
                    state.reader = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            end()
        }
    }

    func end() {
        let reader = state.withLock { state in
            state.isEnded = true
            state.queue.removeAll()
            return state.reader.take()
        }
        reader?.resume(returning: nil)
    }
}
