public import struct Foundation.Date

/// How far a feed has been read; stored by whoever stores the killmails.
public struct FeedState: Sendable, Hashable, Codable {
    /// The last number that was dealt with; `nil` before the first. Never decreases.
    public var cursor: Int64?
    /// When the cursor last moved, or when its killmail was published if that was earlier. Tells whether what follows
    /// the cursor can still be had.
    public var cursorTime: Date?
    /// Numbers up to the cursor that were missing when passed, oldest first; at most ``maximumGaps``.
    public var gaps: [FeedGap]

    /// A feed with more holes than this is broken, and stops instead of walking on.
    public static let maximumGaps = 1_000

    public init(cursor: Int64? = nil, cursorTime: Date? = nil, gaps: [FeedGap] = []) {
        self.cursor = cursor
        self.cursorTime = cursorTime
        self.gaps = gaps
    }
}

/// A number that was passed over because later ones existed: late, or never to come.
public struct FeedGap: Sendable, Hashable, Codable {
    public var sequence: Int64
    public var noticedAt: Date
    /// How often it was asked for again in vain.
    public var attempts: Int
    public var nextAttemptAt: Date

    public init(sequence: Int64, noticedAt: Date, attempts: Int = 0, nextAttemptAt: Date) {
        self.sequence = sequence
        self.noticedAt = noticedAt
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
    }
}
