public import EVE

/// A recording as a feed: a file with one killmail a line, plain or gzip. The sequence is the number of the line.
///
/// An actor because it keeps its place in the file from poll to poll.
public actor ReplayFeed: KillmailFeed {
    public nonisolated let name: String
    private let path: String
    private let maximumBatch: Int
    private let time: OutsideTime
    private var lines: KillmailLineReader?
    /// The last line handed out, where the reader stands.
    private var position: Int64 = 0

    /// - Parameter path: also part of the feed's name, so that another recording begins at its own first line.
    public init(path: String, time: OutsideTime, maximumBatch: Int = 1_000) {
        self.path = path
        self.time = time
        self.maximumBatch = max(1, maximumBatch)
        name = "replay:\(path)"
    }

    public func poll(_ state: FeedState) async throws -> FeedPoll {
        let cursor = state.cursor ?? 0
        var reader: KillmailLineReader
        if let lines, position == cursor {
            reader = lines
        } else {
            reader = try KillmailLineReader(path: path, now: time.date())
            position = 0
        }
        lines = nil
        var deliveries: [FeedDelivery] = []
        while deliveries.count < maximumBatch, let line = try reader.next() {
            position = Int64(line.number)
            guard position > cursor else { continue }
            let content: FeedDelivery.Content =
                switch line.result {
                case .success(let killmail): .killmail(killmail)
                case .failure(let error): .unreadable(FeedReject(error))
                }
            deliveries.append(FeedDelivery(sequence: position, content: content))
        }
        position = max(position, cursor)
        lines = reader
        let isAtEnd = deliveries.count < maximumBatch
        var state = state
        if !deliveries.isEmpty { state.cursor = position }
        return FeedPoll(
            deliveries: deliveries, state: state, pause: isAtEnd ? .seconds(3600) : .zero, head: isAtEnd ? position : nil)
    }
}
