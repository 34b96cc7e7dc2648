import KernelAPI

// Times come from the caller's clock. Only leases are judged by the database's: they compare the patience of one pod with
// the silence of another, and two pods' clocks may differ by more than a lease.
extension JobStore {
    // The first number is arbitrary, and the same in every version.
    static let lock = Statement("kernel.lock_job", "SELECT pg_advisory_xact_lock(735560804, hashtext($1))")

    static let describe = Statement(
        "kernel.describe_job",
        """
        INSERT INTO kernel.job AS known (name, summary, schedule, overlap, repeats, ticks_after, seen_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (name) DO UPDATE SET
            summary = EXCLUDED.summary, schedule = EXCLUDED.schedule, overlap = EXCLUDED.overlap, repeats = EXCLUDED.repeats,
            ticks_after = CASE WHEN known.schedule = EXCLUDED.schedule THEN known.ticks_after
                               ELSE greatest(known.ticks_after, EXCLUDED.ticks_after) END,
            seen_at = EXCLUDED.seen_at
        """)

    /// A tick that is not begun gives way to a later one; requests and repetitions do not.
    static let plan = Statement(
        "kernel.plan_job_run",
        """
        WITH due AS (
            UPDATE kernel.job SET ticks_after = $2 WHERE name = $1 AND (ticks_after < $2 OR ticks_after > $6)
            RETURNING overlap, repeats, is_paused
        ), outdated AS (
            UPDATE kernel.job_run SET state = 'skipped', ended_at = $5, error = 'a later tick came before it could begin'
            WHERE job = $1 AND state = 'requested' AND origin = 'schedule' AND attempt = 1
                AND EXISTS (SELECT FROM due WHERE NOT is_paused)
        ), busy AS (
            SELECT EXISTS (SELECT FROM kernel.job_run WHERE job = $1
                AND (state = 'running' OR (state = 'requested' AND attempt > 1))) AND due.overlap = 'skip' AS skips
            FROM due
        )
        INSERT INTO kernel.job_run (id, job, tick, origin, attempt, state, repeats, due_at, ended_at, error)
        SELECT $4, $1, $2, 'schedule', 1, CASE WHEN skips THEN 'skipped' ELSE 'requested' END, repeats, $3,
            CASE WHEN skips THEN $5 END, CASE WHEN skips THEN 'an earlier run was still under way' END
        FROM due, busy WHERE NOT is_paused
        ON CONFLICT DO NOTHING
        RETURNING state
        """)

    static let take = Statement(
        "kernel.take_job_run",
        """
        UPDATE kernel.job_run SET state = 'running', pod = $2, owner = $3, started_at = $4,
            lease_until = clock_timestamp() + make_interval(secs => $5)
        WHERE state = 'requested' AND id = (
            SELECT id FROM kernel.job_run WHERE job = $1 AND state = 'requested' AND due_at <= $4
                AND NOT EXISTS (SELECT FROM kernel.job_run WHERE job = $1 AND state = 'running')
            ORDER BY tick, attempt, id LIMIT 1)
        RETURNING id, tick, attempt
        """)

    static let putBack = Statement(
        "kernel.put_back_job_run",
        """
        UPDATE kernel.job_run SET state = 'requested', pod = NULL, owner = NULL, started_at = NULL, lease_until = NULL
        WHERE id = $1 AND owner = $2 AND state = 'running'
        """)

    /// A row that is locked is being completed: its transaction will end one way or the other.
    static let renew = Statement(
        "kernel.renew_job_leases",
        """
        UPDATE kernel.job_run SET lease_until = clock_timestamp() + make_interval(secs => $3)
        WHERE id = ANY (ARRAY(
            SELECT id FROM kernel.job_run WHERE id = ANY ($1) AND owner = $2 AND state = 'running' FOR UPDATE SKIP LOCKED))
        """)

    static let listLost = Statement(
        "kernel.list_lost_job_runs",
        "SELECT id FROM kernel.job_run WHERE id = ANY ($1) AND (state = 'lost' OR owner IS DISTINCT FROM $2)")

    static let loseExpired = Statement(
        "kernel.lose_job_runs",
        """
        WITH lost AS (
            UPDATE kernel.job_run SET state = 'lost', ended_at = $1, error = 'its pod stopped, or did not renew its lease in time'
            WHERE id = ANY (ARRAY(
                SELECT id FROM kernel.job_run WHERE state = 'running' AND lease_until < clock_timestamp()
                LIMIT 100 FOR UPDATE SKIP LOCKED))
            RETURNING job, tick, origin, attempt, repeats AND attempt < $2 AS again
        ), repeated AS (
            INSERT INTO kernel.job_run (id, job, tick, origin, attempt, state, repeats, due_at)
            SELECT gen_random_uuid(), job, tick, origin, attempt + 1, 'requested', true, $1 FROM lost WHERE again
            ON CONFLICT DO NOTHING
        )
        SELECT job, tick, attempt, again FROM lost
        """)

    static let listWaiting = Statement(
        "kernel.list_waiting_job_runs",
        """
        SELECT job, min(due_at) FROM kernel.job_run waiting
        WHERE state = 'requested' AND job = ANY ($1)
            AND NOT EXISTS (SELECT FROM kernel.job_run WHERE job = waiting.job AND state = 'running')
        GROUP BY job ORDER BY min(due_at), job COLLATE "C"
        """)

    static let limitIdling = Statement(
        "kernel.limit_idling", "SELECT set_config('idle_in_transaction_session_timeout', $1, true)")

    static let complete = Statement(
        "kernel.complete_job_run",
        """
        WITH done AS (
            UPDATE kernel.job_run SET state = 'succeeded', ended_at = $3 WHERE id = $1 AND owner = $2 AND state = 'running'
            RETURNING id)
        SELECT CASE WHEN count(*) = 0 THEN kernel.refuse_lost_run() END FROM done
        """)

    static let finish = Statement(
        "kernel.finish_job_run",
        """
        UPDATE kernel.job_run SET state = $3, ended_at = $4, error = $5 WHERE id = $1 AND owner = $2 AND state = 'running'
        """)

    static let state = Statement("kernel.select_job_run_state", "SELECT state FROM kernel.job_run WHERE id = $1")

    static let release = Statement(
        "kernel.release_job_run",
        "UPDATE kernel.job_run SET lease_until = '-infinity' WHERE id = $1 AND owner = $2 AND state = 'running'")

    static let skipStale = Statement(
        "kernel.skip_stale_job_runs",
        """
        UPDATE kernel.job_run SET state = 'skipped', ended_at = $1, error = 'no pod began it for a day'
        WHERE state = 'requested' AND due_at < $2
        """)

    static let prune = Statement(
        "kernel.prune_job_runs",
        """
        DELETE FROM kernel.job_run WHERE id = ANY (ARRAY(
            SELECT id FROM (
                SELECT id, state, tick, row_number() OVER (PARTITION BY job ORDER BY tick DESC, attempt DESC, id) AS place
                FROM kernel.job_run) run
            WHERE state NOT IN ('requested', 'running') AND (place > $1 OR (place > 1 AND tick < $2))
            LIMIT $3))
        """)
}
