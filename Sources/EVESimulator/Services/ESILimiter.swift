/// ESI's two limiters: token buckets in floating windows for the new groups of routes, and for all others one error limit
/// in fixed minutes that closes everything.
struct ESILimiter: Sendable {
    /// A group of routes with a bucket.
    enum Group: String, Sendable, CaseIterable {
        case killmail, status, meta

        /// Tokens in 15 minutes.
        var tokens: Int {
            switch self {
            case .killmail: 3600
            case .status: 600
            case .meta: 150
            }
        }
    }

    enum Verdict: Equatable {
        case welcome
        /// Seconds, unscaled, as for Retry-After.
        case bucketEmpty(retryAfter: Int)
        case errorLimited(reset: Int)
    }

    static let windowSeconds = 900.0
    static let errorsPerMinute = 100

    private let scale: Double
    private var buckets: [Group: SlidingWindow] = [:]
    private var errorWindowStart = -Double.infinity
    private var errors = 0
    /// Until when somebody else at this address has used up the error limit.
    private var closedUntil = -Double.infinity
    var counters = SimulatorCounters.ESI()

    init(scale: Double) {
        self.scale = scale
        for group in Group.allCases { buckets[group] = SlidingWindow(length: Self.windowSeconds * scale) }
    }

    mutating func admit(_ group: Group?, at now: Double) -> Verdict {
        counters.requests += 1
        rollErrorWindow(now)
        if now < closedUntil { return .errorLimited(reset: seconds(closedUntil - now)) }
        if errors >= Self.errorsPerMinute {
            counters.errorLimitExceeded += 1
            return .errorLimited(reset: reset(at: now))
        }
        guard let group else { return .welcome }
        buckets[group]?.forget(before: now)
        guard let bucket = buckets[group], bucket.total + 2 > group.tokens else { return .welcome }
        counters.bucketExceeded += 1
        return .bucketEmpty(retryAfter: seconds(bucket.wait(untilAtMost: group.tokens - 2, at: now)))
    }

    /// Charges an answer, and gives the headers that report what is left.
    mutating func charge(_ group: Group?, status: Int, at now: Double) -> [(name: String, value: String)] {
        rollErrorWindow(now)
        guard let group, var bucket = buckets[group] else {
            if !(200..<400).contains(status), status != 420 {
                errors += 1
                counters.errors += 1
            }
            return [
                ("X-ESI-Error-Limit-Remain", String(max(0, Self.errorsPerMinute - errors))),
                ("X-ESI-Error-Limit-Reset", String(reset(at: now))),
            ]
        }
        let cost =
            switch status {
            case 429: 0
            case 200..<300: 2
            case 300..<400: 1
            case 400..<500: 5
            default: 0
            }
        bucket.spend(cost, at: now)
        buckets[group] = bucket
        return [
            ("X-Ratelimit-Group", group.rawValue), ("X-Ratelimit-Limit", "\(group.tokens)/15m"),
            ("X-Ratelimit-Remaining", String(max(0, group.tokens - bucket.total))), ("X-Ratelimit-Used", String(cost)),
        ]
    }

    /// Somebody else at the same address has made too many errors.
    mutating func close(until end: Double) { closedUntil = end }

    private mutating func rollErrorWindow(_ now: Double) {
        guard now >= errorWindowStart + 60 * scale else { return }
        errorWindowStart = now
        errors = 0
    }

    private func reset(at now: Double) -> Int { seconds(errorWindowStart + 60 * scale - now) }

    /// Real seconds as the service would announce them: unscaled, whole, never 0.
    private func seconds(_ real: Double) -> Int { max(1, Int((real / scale).rounded(.up))) }
}
