public import EVE

/// Why ESI gave no answer to a question, and whether asking again can help.
public struct ESIError: OutsideFailure, Hashable {
    public enum Kind: String, Sendable {
        /// The id and hash belong to no killmail.
        case invalidKillmail = "invalid_killmail"
        case notFound = "not_found"
        /// ESI did not understand the request: our mistake.
        case rejected
        /// An answer that breaks the rules for killmails.
        case unreadable
        /// One of ESI's limits is used up.
        case limited
        /// Downtime or overload.
        case unavailable
        /// No answer at all.
        case network
    }

    public var kind: Kind
    /// One sentence, safe to log.
    public var description: String
    public var retryAfter: Duration?

    public init(_ kind: Kind, _ description: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.description = description
        self.retryAfter = retryAfter
    }

    public var code: String { kind.rawValue }

    public var isPermanent: Bool {
        switch kind {
        case .invalidKillmail, .notFound, .rejected, .unreadable: true
        case .limited, .unavailable, .network: false
        }
    }
}
