/// What one poll of a feed brought.
public struct FeedPoll: Sendable, Hashable {
    /// In the order of arrival; the same killmail may come again under another number.
    public var deliveries: [FeedDelivery]
    /// The state to store together with the deliveries.
    public var state: FeedState
    /// Numbers that will never be delivered.
    public var abandoned: [FeedAbandonment]
    /// How long to wait before the next poll. Polling earlier is harmless: the feed keeps its own pace.
    public var pause: Duration
    /// The highest number known to exist, for a measure of lag; may itself lag behind.
    public var head: Int64?
    /// Something an operator should know; repeated by every poll while it lasts.
    public var alarm: FeedAlarm?

    public init(
        deliveries: [FeedDelivery] = [], state: FeedState, abandoned: [FeedAbandonment] = [], pause: Duration,
        head: Int64? = nil, alarm: FeedAlarm? = nil
    ) {
        self.deliveries = deliveries
        self.state = state
        self.abandoned = abandoned
        self.pause = pause
        self.head = head
        self.alarm = alarm
    }
}

/// Numbers of a feed that were given up.
public struct FeedAbandonment: Sendable, Hashable {
    public enum Reason: String, Sendable {
        /// The number is a hole: missing for a day.
        case missing
        /// The reader was away for longer than the feed keeps its files; only the history can fill this.
        case expired
        /// The feed published an empty envelope under the number.
        case placeholder
    }

    public var sequences: ClosedRange<Int64>
    public var reason: Reason

    public init(sequences: ClosedRange<Int64>, reason: Reason) {
        self.sequences = sequences
        self.reason = reason
    }
}

/// A condition of a feed that a person should look at.
public struct FeedAlarm: Sendable, Hashable {
    public enum Code: String, Sendable {
        /// Refused (403): stopped for at least ten minutes.
        case forbidden
        /// Asked to slow down (429).
        case throttled
        /// Server errors, network errors or pages that are no killmails.
        case unreachable
        /// The cursor was too old: killmails were lost and must be backfilled.
        case backfillNeeded = "backfill_needed"
        /// Too many holes: something is wrong, and the cursor stays.
        case stalled
    }

    public var code: Code
    /// One sentence, safe to log.
    public var message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}
