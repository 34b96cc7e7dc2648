/// ESI's two limiters, followed from this side so that they are never hit: a value without I/O or clock.
///
/// Routes with a token bucket count every answer by its status in a floating window; the others share one count of errors
/// per fixed minute, and exceeding that closes all routes. Moments are measured like ``OutsideTime/uptime``.
struct ESILimits: Sendable {
    /// How a route is limited.
    enum Route: Sendable, Hashable {
        /// With a token bucket of its own; the name is ESI's.
        case bucket(String)
        case legacy
    }

    /// What is known about one token bucket.
    private struct Bucket: Sendable {
        var limit: Int
        var window: Duration
        /// What was spent, oldest first; an answer pending counts as the dearest.
        var spent: [(at: Duration, tokens: Int)] = []
        /// What ESI said was left, and when: others may share our address.
        var reported: (remaining: Int, at: Duration)?
        var pending = 0
    }

    /// The dearest answer, a 4xx.
    static let dearest = 5
    /// Errors of the legacy minute that are left unused, since a request in flight may fail too.
    static let reserve = 10
    static let legacyErrors = 100

    private let scale: Double
    private var buckets: [String: Bucket]
    private var errorsLeft = Self.legacyErrors
    private var errorsResetAt = Duration.zero
    private var pendingLegacy = 0
    /// Everything is closed until then.
    private var closedUntil = Duration.zero

    init(scale: Double) {
        self.scale = scale
        buckets = ["killmail": Bucket(limit: 3600, window: .seconds(900) * scale)]
    }

    /// How long to wait before a request; `nil` reserves what it may cost at most, to be settled by ``settle``.
    mutating func admit(_ route: Route, at now: Duration) -> Duration? {
        if now < closedUntil { return closedUntil - now }
        switch route {
        case .legacy:
            if now >= errorsResetAt { errorsLeft = Self.legacyErrors }
            guard errorsLeft - pendingLegacy > Self.reserve else { return max(errorsResetAt - now, .milliseconds(1)) }
            pendingLegacy += 1
        case .bucket(let name):
            guard var bucket = buckets[name] else { return nil }
            bucket.spent.removeAll { $0.at + bucket.window <= now }
            if let wait = Self.wait(in: bucket, at: now) {
                buckets[name] = bucket
                return wait
            }
            bucket.pending += Self.dearest
            buckets[name] = bucket
        }
        return nil
    }

    private static func wait(in bucket: Bucket, at now: Duration) -> Duration? {
        let used = bucket.spent.reduce(0) { $0 + $1.tokens }
        var left = bucket.limit - used
        if let reported = bucket.reported {
            // What was spent after the report, and what the report counts but left the window since, nobody knows: the
            // report holds for as long as our own share of the window would take to renew one answer.
            let since = bucket.spent.reduce(0) { $0 + ($1.at > reported.at ? $1.tokens : 0) }
            let renewed = Int(Double(bucket.limit) * ((now - reported.at) / bucket.window))
            left = min(left, reported.remaining - since + renewed)
        }
        guard left - bucket.pending < dearest else { return nil }
        let renewal = bucket.window / Double(max(bucket.limit, 1)) * Double(dearest)
        guard let oldest = bucket.spent.first else { return renewal }
        return max(renewal, min(oldest.at + bucket.window - now, bucket.window))
    }

    /// Books an answer. `status` is `nil` when there was none, which costs nothing.
    mutating func settle(_ route: Route, status: Int?, headers: [String: String], at now: Duration) {
        switch route {
        case .legacy:
            pendingLegacy = max(0, pendingLegacy - 1)
            settleLegacy(status: status, headers: headers, at: now)
        case .bucket(let name):
            settleBucket(name, status: status, headers: headers, at: now)
        }
        if status == 420 || status == 429 {
            let hint = headers["retry-after"].flatMap { Double($0) } ?? headers["x-esi-error-limit-reset"].flatMap { Double($0) }
            let pause = Duration.seconds(min(max(hint ?? 60, 1), 3600) * scale)
            if status == 420 { closedUntil = max(closedUntil, now + pause) } else { close(route, until: now + pause) }
        }
    }

    private mutating func settleLegacy(status: Int?, headers: [String: String], at now: Duration) {
        if let left = headers["x-esi-error-limit-remain"].flatMap({ Int($0) }) {
            errorsLeft = left
            let reset = headers["x-esi-error-limit-reset"].flatMap { Double($0) } ?? 60
            errorsResetAt = now + .seconds(min(max(reset, 0), 120) * scale)
        } else if let status, status >= 400 {
            if now >= errorsResetAt {
                errorsLeft = Self.legacyErrors
                errorsResetAt = now + .seconds(60 * scale)
            }
            errorsLeft -= 1
        }
    }

    private mutating func settleBucket(_ name: String, status: Int?, headers: [String: String], at now: Duration) {
        guard var bucket = buckets[name] else { return }
        bucket.pending = max(0, bucket.pending - Self.dearest)
        if let status { bucket.spent.append((now, Self.cost(of: status))) }
        if let (limit, seconds) = headers["x-ratelimit-limit"].flatMap(Self.parse) {
            bucket.limit = limit
            bucket.window = .seconds(seconds * scale)
        }
        if let left = headers["x-ratelimit-remaining"].flatMap({ Int($0) }) { bucket.reported = (left, now) }
        buckets[name] = bucket
    }

    private mutating func close(_ route: Route, until moment: Duration) {
        switch route {
        case .legacy:
            errorsLeft = 0
            errorsResetAt = max(errorsResetAt, moment)
        case .bucket(let name):
            // Nothing left until then, whatever was counted here.
            guard var bucket = buckets[name] else { return }
            bucket.spent.append((moment - bucket.window, bucket.limit))
            bucket.spent.sort { $0.at < $1.at }
            buckets[name] = bucket
        }
    }

    /// 2xx 2, 3xx 1, 4xx 5, except 429; 5xx nothing.
    static func cost(of status: Int) -> Int {
        switch status {
        case 200..<300: 2
        case 300..<400: 1
        case 429: 0
        case 400..<500: 5
        default: 0
        }
    }

    /// `3600/15m`: tokens and the window's seconds.
    static func parse(_ text: String) -> (tokens: Int, seconds: Double)? {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let tokens = Int(parts[0]), tokens > 0, let unit = parts[1].last else { return nil }
        let factors: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let factor = factors[unit], let count = Double(parts[1].dropLast()), count > 0, count <= 100_000 else { return nil }
        return (tokens, count * factor)
    }
}
