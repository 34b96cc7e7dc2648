/// R2Z2's house rules: 15 requests in a second, 6 s of silence after a 404, no anonymous clients. Who breaks one is
/// refused for a while. Time is scaled, so that a test can run the same rules a hundred times faster.
struct R2Z2Limiter: Sendable {
    enum Verdict: Equatable { case welcome, anonymous, banned, tooFast, tooSoonAfter404 }

    static let requestsPerSecond = 15
    static let secondsAfter404 = 6.0

    private let scale: Double
    private let banSeconds: Double
    private var window: SlidingWindow
    private var bannedUntil = -Double.infinity
    private var lastNotFound: Double?
    private(set) var counters = SimulatorCounters.R2Z2()

    init(scale: Double, banSeconds: Double) {
        self.scale = scale
        self.banSeconds = banSeconds
        window = SlidingWindow(length: scale)
    }

    mutating func admit(isAnonymous: Bool, at now: Double) -> Verdict {
        counters.requests += 1
        window.spend(1, at: now)
        counters.maximumInOneSecond = max(counters.maximumInOneSecond, window.total)
        if let lastNotFound {
            let wait = (now - lastNotFound) / scale
            counters.minimumSecondsAfter404 = min(counters.minimumSecondsAfter404 ?? wait, wait)
        }
        let previousNotFound = lastNotFound
        lastNotFound = nil
        if isAnonymous {
            counters.anonymous += 1
            return .anonymous
        }
        if now < bannedUntil {
            counters.whileBanned += 1
            return .banned
        }
        if window.total > Self.requestsPerSecond {
            counters.tooFast += 1
            bannedUntil = now + banSeconds * scale
            return .tooFast
        }
        if let previousNotFound, now - previousNotFound < Self.secondsAfter404 * scale {
            counters.tooSoonAfter404 += 1
            bannedUntil = now + banSeconds * scale
            return .tooSoonAfter404
        }
        return .welcome
    }

    /// The time at which a 404 was answered counts, not that of its request.
    mutating func noteNotFound(at now: Double) {
        counters.notFound += 1
        lastNotFound = now
    }

    mutating func forgive() {
        bannedUntil = -.infinity
        lastNotFound = nil
    }
}
