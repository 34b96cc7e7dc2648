/// The delays and bounds of reading zKillboard's live feed; sources in `docs/eve-online.md`.
struct R2Z2Settings: Sendable {
    /// Between the end of one request and the start of the next. 15 requests a second get an address banned.
    var pace = Duration.milliseconds(100)
    /// After a 404, before any other request; less than 6 s gets an address banned.
    var pauseAfterMiss = Duration.seconds(10)
    var pauseAfterForbidden = Duration.seconds(600)
    /// After a 429 without a hint: this to twice this, by lot.
    var pauseAfterThrottle = Duration.seconds(10)
    /// A hint is believed up to here.
    var longestRetryAfter = Duration.seconds(3600)
    /// After the first server or network error; doubles up to ``longestBackoff``.
    var firstBackoff = Duration.seconds(1)
    var longestBackoff = Duration.seconds(60)
    /// How many numbers after a missing one are looked at.
    var probeReach: Int64 = 5
    /// How long files and hopes last: after a day a missing number is given up.
    var lifetime = Duration.seconds(86_400)
    var firstGapDelay = Duration.seconds(10)
    var longestGapDelay = Duration.seconds(3600)
    /// A number whose file is no JSON is tried this often before it is passed over.
    var attemptsAtBrokenFile = 3
    /// Republished numbers remembered for fetching again.
    var maximumRewrites = 100

    init() {}

    init(_ time: OutsideTime) {
        for path: WritableKeyPath<R2Z2Settings, Duration> in [
            \.pace, \.pauseAfterMiss, \.pauseAfterForbidden, \.pauseAfterThrottle, \.longestRetryAfter, \.firstBackoff,
            \.longestBackoff, \.lifetime, \.firstGapDelay, \.longestGapDelay,
        ] {
            self[keyPath: path] = time.scaled(self[keyPath: path])
        }
    }
}
