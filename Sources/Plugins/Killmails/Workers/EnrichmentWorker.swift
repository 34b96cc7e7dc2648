import EVE
import Foundation
import KernelAPI
import Logging
import Metrics

/// Completes killmails of which only id and hash are known, one at a time within ESI's limits.
///
/// pending -> processing -> stored, or back to pending with a growing pause, or failed for good (a dead letter that an
/// admin can requeue). Who dies while processing loses the job to the next worker when its lease has passed.
struct EnrichmentWorker: Worker {
    let name = IngestTally.enrichment
    private let source: any KillmailSource
    private let store: KillmailStore
    private let jobs: EnrichmentJobs
    private let clock: any WallClock
    private let logger: Logger

    /// Killmails a step: with ESI's two a second a step lasts a few seconds at most.
    private static let batch = 10
    private static let idlePause = Duration.seconds(5)

    init(source: any KillmailSource, store: KillmailStore, host: PluginHost) {
        self.source = source
        self.store = store
        jobs = EnrichmentJobs(database: host.database, pauseFactor: source.pauseFactor)
        clock = host.clock
        logger = host.logger
    }

    func step() async throws -> NextStep {
        let claimed = try await jobs.claim(atMost: Self.batch, now: clock.now)
        for job in claimed { try await enrich(job) }
        return claimed.count == Self.batch ? .immediately : .whenWoken(atMost: Self.idlePause)
    }

    private func enrich(_ job: EnrichmentJobs.Job) async throws {
        do {
            let killmail = try await source.killmail(job.killmailID, hash: job.hash)
            guard killmail.id == job.killmailID else {
                return try await fail(job, permanently: true, "the answer was about killmail \(killmail.id)")
            }
            let outcome = try await store.store([killmail], source: name)
            if outcome.rejected > 0 {
                try await fail(job, permanently: true, "the killmail is outside of what is kept")
            } else {
                count("succeeded")
            }
        } catch let error as any OutsideFailure {
            try await fail(job, permanently: error.isPermanent, error.description, retryAfter: error.retryAfter)
        }
    }

    private func fail(
        _ job: EnrichmentJobs.Job, permanently: Bool, _ reason: String, retryAfter: Duration? = nil
    ) async throws {
        let pause = EnrichmentBackoff.pause(afterAttempts: job.attempts + 1, asked: retryAfter, factor: source.pauseFactor)
        let next = permanently ? nil : pause
        let now = clock.now
        try await jobs.fail(
            job, reason: reason, nextAttemptAt: next.map { now.addingTimeInterval($0 / .seconds(1)) }, now: now)
        count(next == nil ? "failed" : "retried")
        logger.log(
            level: next == nil ? .error : .warning, next == nil ? "killmail cannot be completed" : "killmail not completed yet",
            metadata: ["killmailId": "\(job.killmailID)", "attempts": "\(job.attempts + 1)", "reason": "\(reason)"])
    }

    private func count(_ status: String) {
        Counter(label: "enrichment_jobs_total", dimensions: [("status", status)]).increment()
    }
}
