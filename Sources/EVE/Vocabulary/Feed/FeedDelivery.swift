public import struct Foundation.Date

/// One number of a feed, read.
public struct FeedDelivery: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case killmail(Killmail)
        /// Only the key to a killmail: the rest is to be asked of a ``KillmailSource``.
        case reference(KillmailID, hash: String)
        case unreadable(FeedReject)
    }

    public var sequence: Int64
    public var content: Content
    /// True when the number had been delivered before and was published again with other details.
    public var isRewrite: Bool
    public var publishedAt: Date?

    public init(sequence: Int64, content: Content, isRewrite: Bool = false, publishedAt: Date? = nil) {
        self.sequence = sequence
        self.content = content
        self.isRewrite = isRewrite
        self.publishedAt = publishedAt
    }
}

/// Why a feed's number holds no usable killmail.
public struct FeedReject: Sendable, Hashable {
    public var killmailID: KillmailID?
    /// A stable code: a ``KillmailDecodingError/Code``, or `body_too_large`.
    public var code: String
    /// One sentence, safe to log.
    public var message: String

    public init(killmailID: KillmailID?, code: String, message: String) {
        self.killmailID = killmailID
        self.code = code
        self.message = message
    }
}

extension FeedReject {
    public init(_ error: KillmailDecodingError) {
        self.init(killmailID: error.killmailID, code: error.code.rawValue, message: error.description)
    }
}
