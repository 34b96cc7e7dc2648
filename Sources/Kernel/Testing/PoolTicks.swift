/// Ticks at 1 kHz in the cooperative pool, for tests that nothing blocks it.
public struct PoolTicks: Sendable {
    public private(set) var wanted = 0
    public private(set) var made = 0

    /// The share that did not come in time.
    public var lost: Double { wanted == 0 ? 1 : max(0, 1 - Double(made) / Double(wanted)) }

    /// Ticks for some time; compare with the same when nothing else is done.
    public static func count(for duration: Duration) async throws -> PoolTicks {
        let clock = ContinuousClock()
        let start = clock.now
        var ticks = PoolTicks()
        var next = start
        while next < start + duration {
            next += .milliseconds(1)
            ticks.wanted += 1
            try await clock.sleep(until: next, tolerance: .zero)
            // A machine under load delays single ticks; a blocked pool delays them by as long as it is blocked.
            if clock.now < next + .milliseconds(20) { ticks.made += 1 }
        }
        return ticks
    }
}
