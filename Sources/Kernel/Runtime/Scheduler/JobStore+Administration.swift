import Foundation
import KernelAPI

/// What admins ask and decide. `session` is the transaction that the decision is audited in, where there is one.
extension JobStore {
    /// A job's row.
    struct KnownJob: Sendable {
        let name: String
        let summary: String
        let schedule: String
        let isPaused: Bool
        let lastRun: JobRunStatus?
    }

    /// By name: those that a pod served lately, or the one that is named.
    func known(_ name: String? = nil, in session: (any SQLSession)? = nil) async throws -> [KnownJob] {
        let since = clock.now - SchedulerSettings.forgottenAfter / .seconds(1)
        return try await (session ?? database).query(Self.listJobs, since, name).map { row in
            var columns = row.columns
            return KnownJob(
                name: try columns.next(), summary: try columns.next(), schedule: try columns.next(),
                isPaused: try columns.next(), lastRun: try Self.optionalStatus(&columns))
        }
    }

    /// The newest first.
    func runs(of job: String, limit: Int) async throws -> [JobRunStatus] {
        try await database.query(Self.listRuns, job, limit).map { row in
            var columns = row.columns
            return try Self.status(&columns)
        }
    }

    func status(of id: UUID, in session: (any SQLSession)? = nil) async throws -> JobRunStatus? {
        try await (session ?? database).query(Self.selectRun, id).first.map { row in
            var columns = row.columns
            return try Self.status(&columns)
        }
    }

    /// Asks for a run beside the schedule. Where one was asked for that has not begun, it is that one.
    ///
    /// - Returns: the run's id; `nil` when there is no such job.
    func request(
        _ id: UUID, of job: String, at tick: Date, in session: (any SQLSession)? = nil
    ) async throws -> UUID? {
        let session = session ?? database
        if let made = try await session.query(Self.request, id, job, tick, clock.now).first { return try made.decode(0) }
        return try await session.query(Self.newestRequest, job).first?.decode(0)
    }

    /// - Returns: false when it was so already, or there is no such job.
    func setPaused(_ job: String, _ isPaused: Bool, in session: any SQLSession) async throws -> Bool {
        let rows = try await session.pipeline([
            BoundStatement(Self.setPaused, job, isPaused, clock.now),
            BoundStatement(Self.skipPaused, job, clock.now),
        ])
        return rows[0].affectedRows == 1
    }

    // MARK: Rows

    private static func status(_ columns: inout RowReader) throws -> JobRunStatus {
        guard let status = try optionalStatus(&columns) else {
            throw DatabaseError(.decoding, "a run without an id", statement: Self.listRuns.name)
        }
        return status
    }

    /// The columns id to error; all NULL where an outer join found nothing.
    private static func optionalStatus(_ columns: inout RowReader) throws -> JobRunStatus? {
        let id = try columns.next(UUID?.self)
        let job = try columns.next(String?.self)
        let tick = try columns.next(Date?.self)
        let attempt = try columns.next(Int?.self)
        let state = try columns.next(String?.self)
        let pod = try columns.next(String?.self)
        let startedAt = try columns.next(Date?.self)
        let endedAt = try columns.next(Date?.self)
        let error = try columns.next(String?.self)
        guard let id, let job, let tick, let attempt, let state = state.flatMap({ JobRunStatus.State(rawValue: $0) }) else {
            return nil
        }
        return JobRunStatus(
            id: id, job: job, tick: tick, attempt: attempt, state: state, pod: pod, startedAt: startedAt, endedAt: endedAt,
            error: error)
    }

    // MARK: Statements

    private static let listJobs = Statement(
        "kernel.list_jobs",
        """
        SELECT job.name, job.summary, job.schedule, job.is_paused,
            run.id, run.job, run.tick, run.attempt, run.state, run.pod, run.started_at, run.ended_at, run.error
        FROM kernel.job LEFT JOIN LATERAL (
            SELECT * FROM kernel.job_run WHERE job = job.name ORDER BY tick DESC, attempt DESC, id LIMIT 1) run ON true
        WHERE CASE WHEN $2::text IS NULL THEN job.seen_at > $1 ELSE job.name = $2 END
        ORDER BY job.name COLLATE "C"
        """)

    private static let listRuns = Statement(
        "kernel.list_job_runs",
        """
        SELECT id, job, tick, attempt, state, pod, started_at, ended_at, error FROM kernel.job_run
        WHERE job = $1 ORDER BY tick DESC, attempt DESC, id LIMIT $2
        """)

    private static let selectRun = Statement(
        "kernel.select_job_run",
        "SELECT id, job, tick, attempt, state, pod, started_at, ended_at, error FROM kernel.job_run WHERE id = $1")

    private static let request = Statement(
        "kernel.request_job_run",
        """
        INSERT INTO kernel.job_run (id, job, tick, origin, attempt, state, repeats, due_at, ended_at, error)
        SELECT $1, name, $3, 'request', 1, CASE WHEN skips THEN 'skipped' ELSE 'requested' END, repeats, $4,
            CASE WHEN skips THEN $4 END, CASE WHEN skips THEN 'an earlier run was still under way' END
        FROM kernel.job, LATERAL (SELECT overlap = 'skip' AND EXISTS (
            SELECT FROM kernel.job_run WHERE job = name AND state = 'running') AS skips) busy
        WHERE name = $2
        ON CONFLICT DO NOTHING RETURNING id
        """)

    private static let newestRequest = Statement(
        "kernel.select_newest_job_request",
        "SELECT id FROM kernel.job_run WHERE job = $1 AND origin = 'request' ORDER BY tick DESC, attempt DESC, id LIMIT 1")

    /// Ticks that passed while the job was paused are not made up for.
    private static let setPaused = Statement(
        "kernel.pause_job",
        """
        UPDATE kernel.job SET is_paused = $2, ticks_after = greatest(ticks_after, $3) WHERE name = $1 AND is_paused <> $2
        """)

    private static let skipPaused = Statement(
        "kernel.skip_paused_job_runs",
        """
        UPDATE kernel.job_run SET state = 'skipped', ended_at = $2, error = 'the job was paused before it could begin'
        WHERE job = $1 AND state = 'requested' AND origin = 'schedule'
            AND EXISTS (SELECT FROM kernel.job WHERE name = $1 AND is_paused)
        """)
}
