/// Decides whether somebody may make one more request.
///
/// Never throws and never waits long: where counts are shared and cannot be reached, the pod counts for itself.
package protocol RateLimiter: Sendable {
    /// Takes one token out of a bucket.
    ///
    /// - Parameters:
    ///   - bucket: who and what for, at most 200 bytes: `account:8a0f...`, `address:192.0.2.7`, `login:192.0.2.7`.
    ///   - limit: the same for every call with this bucket's kind.
    func take(_ bucket: String, _ limit: RateLimit) async -> RateDecision
}

/// A token bucket: it holds `burst` tokens when full, and gains `perSecond`; a request takes one.
package struct RateLimit: Sendable, Hashable {
    /// Requests that can come at once.
    package let burst: Int
    /// Requests a second that can go on for ever.
    package let perSecond: Double

    package init(burst: Int, perSecond: Double) {
        self.burst = max(burst, 1)
        self.perSecond = max(perSecond, 0.001)
    }

    /// How long an empty bucket takes to fill.
    package var window: Duration { .seconds(Double(burst) / perSecond) }
}

/// What a bucket said.
package struct RateDecision: Sendable, Hashable {
    package let isAllowed: Bool
    /// Whole tokens left.
    package let remaining: Int
    /// Zero when allowed; else when the next token will be there.
    package let retryAfter: Duration

    package init(isAllowed: Bool, remaining: Int, retryAfter: Duration) {
        self.isAllowed = isAllowed
        self.remaining = remaining
        self.retryAfter = retryAfter
    }
}
