import Synchronization
import Testing

@testable import KernelRuntime

@Suite struct RateLimiterTests {
    private final class Time: Sendable {
        private let state = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { state.withLock { $0 } }
        func pass(_ duration: Duration) { state.withLock { $0 = $0.advanced(by: duration) } }
    }

    private let time = Time()
    private let limit = RateLimit(burst: 3, perSecond: 2)

    private func limiter(_ most: Int = 1_000) -> LocalRateLimiter {
        LocalRateLimiter(mostBuckets: most, now: { [time] in time.now })
    }

    @Test("A full bucket gives its burst at once, then as much as comes in")
    func bursts() {
        let limiter = limiter()
        #expect((0..<3).map { _ in limiter.takeNow("a", limit).remaining } == [2, 1, 0])
        let refused = limiter.takeNow("a", limit)
        #expect(!refused.isAllowed && refused.retryAfter == .milliseconds(500))
        time.pass(.milliseconds(250))
        #expect(limiter.takeNow("a", limit).retryAfter == .milliseconds(250), "being refused costs nothing")
        time.pass(.milliseconds(250))
        #expect(limiter.takeNow("a", limit) == RateDecision(isAllowed: true, remaining: 0, retryAfter: .zero))
        #expect(limiter.takeNow("b", limit).remaining == 2)
    }

    @Test("A bucket never holds more than its burst, and never more comes out than went in")
    func bound() {
        let limiter = limiter()
        var taken = 0
        for second in 1...50 {
            time.pass(.seconds(1))
            for _ in 0..<second where limiter.takeNow("a", limit).isAllowed { taken += 1 }
        }
        // One in the first second, two in the second, then the two a second that come in, and what was saved.
        #expect(taken <= 3 + 2 * 50 && taken >= 2 * 48)
        time.pass(.seconds(1_000_000))
        #expect((0..<4).map { _ in limiter.takeNow("a", limit).isAllowed } == [true, true, true, false])
    }

    @Test("So many buckets are kept and no more; who keeps coming is not forgotten")
    func bounded() {
        let limiter = limiter(100)
        for _ in 0..<3 { _ = limiter.takeNow("regular", limit) }
        for number in 0..<1_000 {
            _ = limiter.takeNow("visitor \(number)", limit)
            #expect(!limiter.takeNow("regular", limit).isAllowed)
            #expect(limiter.count <= 100)
        }
    }

    @Test("A limit's window is how long it takes to fill")
    func window() {
        #expect(RateLimit(burst: 200, perSecond: 100).window == .seconds(2))
        #expect(RateLimit(burst: 0, perSecond: -1).burst == 1)
    }
}
