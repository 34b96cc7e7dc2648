import Foundation
import KernelAPI
import Logging
import Metrics

extension Scheduler {
    /// Claims ticks that have come, marks lost runs and takes what may begin.
    ///
    /// - Returns: what was taken, and how long nothing is expected.
    func look() async -> (claimed: [Claim], rest: Duration) {
        var claimed: [Claim] = []
        do {
            try await describeJobs()
            try await planTicks()
            let (lost, waiting) = try await store.look(at: Array(jobs.keys))
            lost.forEach(report)
            let now = wallClock.now
            var rest = settings.poll
            for run in waiting {
                let pause = Self.duration(from: now, to: run.dueAt)
                if pause > .zero {
                    rest = min(rest, pause)
                } else if running.count < settings.maximumRuns, let claim = try await take(run.job) {
                    claimed.append(claim)
                }
            }
            for job in jobs.values { rest = min(rest, job.nextTick.map { Self.duration(from: now, to: $0) } ?? rest) }
            if try await prune() { rest = .zero }
            if isComplaining { logger.info("the scheduler has its table back") }
            isComplaining = false
            return (claimed, max(rest, .milliseconds(1)))
        } catch {
            if !Task.isCancelled, !isComplaining {
                logger.error("the scheduler cannot use its table, it will try again", metadata: ["error": "\(error)"])
                isComplaining = true
            }
            return (claimed, min(settings.poll, .seconds(1)))
        }
    }

    private func describeJobs() async throws {
        let unknown = jobs.values.filter { !$0.isKnown }.map(\.registration)
        guard !unknown.isEmpty else { return }
        try await store.describe(unknown)
        for job in unknown { jobs[job.label]?.isKnown = true }
    }

    private func planTicks() async throws {
        let now = wallClock.now
        for (label, job) in jobs {
            if let last = job.lastTick, let next = job.nextTick, last <= now, now < next { continue }
            // Only the latest: what was missed before it while no pod ran is not made up for.
            let schedule = job.registration.job.schedule
            let next = schedule.next(after: now)
            if let tick = schedule.last(notAfter: now), tick != job.lastTick {
                let due = dueTime(of: tick, until: next, job.registration.job.jitter, now)
                let state = try await store.plan(label, tick: tick, dueAt: due)
                if let state {
                    logger.debug(
                        "tick claimed", metadata: ["job": "\(label)", "tick": "\(tick.iso8601)", "state": "\(state.rawValue)"])
                }
                jobs[label]?.lastTick = tick
            }
            jobs[label]?.nextTick = next
        }
    }

    /// Somewhere within the jitter, and never so late that the next tick comes first. Who missed the tick counts from now.
    private func dueTime(of tick: Date, until next: Date?, _ jitter: Duration, _ now: Date) -> Date {
        let longest = min(jitter, next.map { Self.duration(from: tick, to: $0) / 2 } ?? jitter)
        guard longest > .zero else { return tick }
        let start = Self.duration(from: tick, to: now) > longest ? now : tick
        // Of 53 random bits: an existential cannot be passed as a generator.
        let fraction = Double(random.next() >> 11) / Double(1 << 53)
        return start + fraction * (longest / .seconds(1))
    }

    private func take(_ label: String) async throws -> Claim? {
        guard jobs[label] != nil, let run = try await store.take(label) else { return nil }
        // Switched off meanwhile: whoever still serves it may have it.
        guard let job = jobs[label] else {
            try await store.putBack(run.id)
            return nil
        }
        let claim = Claim(run: run, registration: job.registration)
        running[run.id] = Run(claim: claim)
        return claim
    }

    private func prune() async throws -> Bool {
        if let sincePrune, sincePrune() < SchedulerSettings.pruneInterval { return false }
        // Also tells that this pod still serves them.
        try await store.describe(jobs.values.map(\.registration))
        if try await store.prune() { return true }
        sincePrune = clock.stopwatch()
        return false
    }

    private func report(_ run: JobStore.LostRun) {
        Counter(label: "scheduler_job_failures_total", dimensions: [("job", run.job)]).increment()
        logger.warning(
            "run lost",
            metadata: [
                "job": "\(run.job)", "tick": "\(run.tick.iso8601)", "attempt": "\(run.attempt)",
                "repeated": "\(run.isRepeated)",
            ])
    }

    static func duration(from start: Date, to end: Date) -> Duration { .seconds(end.timeIntervalSince(start)) }
}
