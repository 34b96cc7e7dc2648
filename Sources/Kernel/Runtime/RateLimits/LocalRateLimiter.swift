import Synchronization

/// Counts in this process: what is used without Redis, and when Redis does not answer.
///
/// Bounded: buckets live in two generations. When the young one is full, the old one is forgotten and the young one becomes
/// old; who comes back in time moves on with their count. Who was forgotten starts with a full bucket.
package final class LocalRateLimiter: RateLimiter {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private struct State {
        var young: [String: Bucket] = [:]
        var old: [String: Bucket] = [:]
    }

    private let mostBuckets: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - mostBuckets: how many are kept; about 150 bytes each.
    ///   - now: a clock that never goes back.
    package init(mostBuckets: Int = 100_000, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.mostBuckets = max(mostBuckets, 2)
        self.now = now
    }

    package func take(_ bucket: String, _ limit: RateLimit) async -> RateDecision { takeNow(bucket, limit) }

    /// The same without suspending.
    package func takeNow(_ name: String, _ limit: RateLimit) -> RateDecision {
        let time = now()
        return state.withLock { state in
            var bucket = state.young[name] ?? state.old[name] ?? Bucket(tokens: Double(limit.burst), at: time)
            let gained = max((time - bucket.at) / .seconds(1), 0) * limit.perSecond
            bucket.tokens = min(bucket.tokens + gained, Double(limit.burst))
            bucket.at = max(bucket.at, time)
            let isAllowed = bucket.tokens >= 1
            if isAllowed { bucket.tokens -= 1 }
            if state.young[name] == nil, state.young.count >= mostBuckets / 2 {
                state.old = state.young
                state.young = [:]
            }
            state.young[name] = bucket
            return RateDecision(
                isAllowed: isAllowed, remaining: Int(bucket.tokens),
                retryAfter: isAllowed ? .zero : .seconds((1 - bucket.tokens) / limit.perSecond))
        }
    }

    /// How many buckets are kept.
    var count: Int { state.withLock { $0.young.count + $0.old.count } }
}
