import EVE
import Foundation
import KernelAPI

/// The rows of `killmails.enrichment`.
struct EnrichmentJobs: Sendable {
    struct Job: Sendable {
        let killmailID: KillmailID
        let hash: String
        /// Failed ones so far.
        let attempts: Int
    }

    let database: any Database

    /// How long a job is its worker's: longer than a step lasts. Then it is free again, for the worker may be dead; should it
    /// live after all, the killmail is completed twice, which is the same as once.
    private let lease: TimeInterval

    /// - Parameter pauseFactor: ``KillmailSource/pauseFactor``.
    init(database: any Database, pauseFactor: Double) {
        self.database = database
        lease = max(120 * pauseFactor, 5)
    }

    /// Takes jobs that are due, those of dead workers included.
    func claim(atMost limit: Int, now: Date) async throws -> [Job] {
        try await database.query(Self.claim, limit, now, now.addingTimeInterval(lease)).map { row in
            var columns = row.columns
            let id: Int64 = try columns.next()
            let attempts: Int = try columns.next()
            return Job(killmailID: KillmailID(id), hash: try columns.next(SQLBytes.self).hexadecimal, attempts: attempts)
        }
    }

    /// - Parameter nextAttemptAt: `nil` makes it a dead letter.
    func fail(_ job: Job, reason: String, nextAttemptAt: Date?, now: Date) async throws {
        _ = try await database.query(Self.fail, job.killmailID.rawValue, String(reason.prefix(500)), nextAttemptAt, now)
    }

    private static let claim = Statement(
        "killmails.claim_enrichment",
        """
        UPDATE killmails.enrichment e SET status = 'processing', next_attempt_at = $3
        FROM (SELECT killmail_id FROM killmails.enrichment
              WHERE status <> 'failed' AND next_attempt_at <= $2
              ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED) due
        JOIN killmails.killmail k USING (killmail_id)
        WHERE e.killmail_id = due.killmail_id
        RETURNING e.killmail_id, e.attempts, k.hash
        """)
    private static let fail = Statement(
        "killmails.fail_enrichment",
        """
        UPDATE killmails.enrichment
        SET status = CASE WHEN $3::timestamptz IS NULL THEN 'failed' ELSE 'pending' END::killmails.enrichment_status,
            attempts = attempts + 1, last_error = $2, next_attempt_at = coalesce($3, next_attempt_at),
            failed_at = CASE WHEN $3::timestamptz IS NULL THEN $4::timestamptz END
        WHERE killmail_id = $1
        """)
}
