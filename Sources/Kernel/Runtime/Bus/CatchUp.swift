import DequeModule
import KernelAPI

/// What a follower missed before it came: read from the table page by page, as fast as it takes it.
actor CatchUp {
    private let store: BusStore
    private let topics: Set<TopicName>
    /// The last event that comes from here; later ones come from the hub.
    nonisolated let last: Int64
    private var position: Int64
    private var page: Deque<BusEvent> = []
    private var isOver = false

    init(store: BusStore, topics: Set<TopicName>, after: Int64, through last: Int64) {
        self.store = store
        self.topics = topics
        self.last = last
        position = after
    }

    /// - Returns: `nil` when everything up to ``last`` was delivered.
    func next() async -> BusDelivery? {
        if let event = page.popFirst() { return .event(event) }
        guard !isOver else { return nil }
        // An id of the future is of another database, or of this one before a backup was restored.
        guard position <= last else { return giveUp() }
        guard position < last else {
            isOver = true
            return nil
        }
        do {
            let (events, first) = try await store.events(of: topics, after: position, through: last)
            guard first <= position + 1 else { return giveUp() }
            isOver = events.count < BusStore.batch
            position = events.last?.number ?? last
            page = Deque(events)
            return page.popFirst().map { .event($0) }
        } catch {
            return giveUp()
        }
    }

    /// What is missing cannot be had: the follower makes its picture anew.
    private func giveUp() -> BusDelivery {
        isOver = true
        return .resync(next: last + 1)
    }
}
