/// What the simulator has seen of its clients.
public struct SimulatorCounters: Sendable, Equatable {
    public struct R2Z2: Sendable, Equatable {
        public var requests = 0
        public var notFound = 0
        /// Most requests within any second (scaled).
        public var maximumInOneSecond = 0
        /// Shortest silence after a 404, in unscaled seconds; `nil` until there was a request after one.
        public var minimumSecondsAfter404: Double?
        public var anonymous = 0
        public var tooFast = 0
        public var tooSoonAfter404 = 0
        /// Requests refused because of an earlier violation.
        public var whileBanned = 0

        /// Broken rules, each answered with 403.
        public var violations: Int { anonymous + tooFast + tooSoonAfter404 }
    }

    public struct ESI: Sendable, Equatable {
        public var requests = 0
        public var killmails = 0
        public var names = 0
        public var notModified = 0
        /// Answers that count against the error limit.
        public var errors = 0
        /// 429 because a client used up a token bucket.
        public var bucketExceeded = 0
        /// 420 because a client used up the error limit; also those on other routes until the reset.
        public var errorLimitExceeded = 0
        public var anonymous = 0

        public var violations: Int { bucketExceeded + errorLimitExceeded + anonymous }
    }

    public struct SSO: Sendable, Equatable {
        /// Logins that were sent back with a code.
        public var logins = 0
        /// Access tokens for a code.
        public var exchanges = 0
        /// Access tokens for a refresh token.
        public var refreshes = 0
        /// Requests for a token that were refused because they were wrong; faults do not count.
        public var refused = 0
        public var discoveries = 0
        /// How often the public keys were fetched.
        public var keyFetches = 0
        public var revocations = 0
        /// Calls of the deprecated verification, which a client does not need.
        public var verifications = 0
    }

    public var r2z2 = R2Z2()
    public var esi = ESI()
    public var sso = SSO()
    /// Kills published so far, duplicates not counted twice.
    public var publishedKills = 0
    /// The newest number of the feed.
    public var head: Int64 = 0
}
