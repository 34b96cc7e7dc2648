/// Worlds to publish.
extension Feed {
    /// A week: where time starts that runs faster than ours, so that it need not run into the future.
    private static let week: Int64 = 7 * 86400
    /// Kills of which only history/ is left, for the fault `expired`.
    private static let buriedCount = 40

    static func universe(_ universe: Universe, _ configuration: SimulatorConfiguration, _ ledger: LedgerFile?) -> Feed {
        let now = configuration.clock.now
        let present = Int64(now)
        let isAllAtOnce = configuration.speed == .max
        var factor = 1.0
        if case .times(let times) = configuration.speed { factor = times }
        let start = configuration.start ?? (factor > 1 ? present - week : present)
        let limit = configuration.kills ?? (isAllAtOnce ? 5000 : nil)
        var epoch = start - configuration.backlogSeconds
        let rates = (backlog: min(configuration.backlogRate, configuration.rate), live: configuration.rate)
        // Ids and numbers grow with time since 2026, so that a simulator that is started again goes on above the last one.
        let elapsed = max(0, start - 1_767_225_600)
        func timeline() -> Timeline {
            Timeline(
                universe: universe, firstKillID: 140_000_000 + elapsed * 30, backlogRate: rates.backlog, liveRate: rates.live,
                liveFrom: isAllAtOnce ? .max : configuration.backlogSeconds)
        }
        if isAllAtOnce, let limit {
            // Told once in advance, to learn how long it takes: it has to end now.
            var rehearsal = timeline()
            var last: Int64 = 0
            for _ in 0..<limit { last = rehearsal.next()?.publishAt ?? last }
            epoch = start - last
        }
        let firstSequence = configuration.firstSequence ?? 100_000_000 + elapsed * 30
        let feed = Feed(
            state: state(configuration, firstSequence: firstSequence, atLeast: limit ?? 0),
            source: KillSource(
                timeline: timeline(), renderer: KillmailRenderer(universe: universe, epoch: epoch), limit: limit),
            time: SimulatedTime(
                realStart: now, start: start, factor: factor, isAllAtOnce: isAllAtOnce, stopsAtPresent: true),
            ledger: ledger, clock: configuration.clock)
        if configuration.faults.isOn(.expired) {
            var past = Timeline(
                universe: Universe(seed: universe.seed), firstKillID: 139_000_000 + elapsed * 30, backlogRate: rates.backlog,
                liveRate: rates.backlog, liveFrom: .max)
            let renderer = KillmailRenderer(universe: universe, epoch: epoch - 2 * 86400)
            feed.bury((0..<buriedCount).compactMap { _ in past.next().map(renderer.render) })
        }
        return feed
    }

    static func replay(
        _ file: String, _ configuration: SimulatorConfiguration, _ ledger: LedgerFile?
    ) throws(SimulatorError) -> Feed {
        let kills = try Recording(file: file).kills
        var schedule = kills.enumerated().map { index, kill in
            var publishAt = kill.time
            if configuration.faults.hits(.late, kill.id, seed: configuration.seed) {
                var random = FaultPlan.random(.late, kill.id, seed: configuration.seed)
                publishAt += Int64(random.int(1...12) * 3600)
            }
            return KillSource.Scheduled(kill: kill, publishAt: publishAt)
        }
        schedule.sort { ($0.publishAt, $0.kill.time, $0.kill.id) < ($1.publishAt, $1.kill.time, $1.kill.id) }
        let now = configuration.clock.now
        let isAllAtOnce = configuration.speed == .max
        var factor = 1.0
        if case .times(let times) = configuration.speed { factor = times }
        let start = configuration.start ?? (isAllAtOnce ? Int64(now) : schedule[0].publishAt)
        return Feed(
            state: state(configuration, firstSequence: configuration.firstSequence ?? 100_600_001, atLeast: kills.count),
            source: KillSource(recording: schedule),
            time: SimulatedTime(
                realStart: now, start: start, factor: factor, isAllAtOnce: isAllAtOnce, stopsAtPresent: false),
            ledger: ledger, clock: configuration.clock)
    }

    private static func state(
        _ configuration: SimulatorConfiguration, firstSequence: Int64, atLeast count: Int
    ) -> Publications {
        // Twice, since the faults add numbers without a kill.
        Publications(
            firstSequence: firstSequence, seed: configuration.seed, keep: max(configuration.keep, count * 2),
            timeScale: configuration.timeScale, plan: configuration.faults)
    }
}
