import KernelAPI

extension KernelMigrations {
    static let jobs = Migration(
        "m0004_jobs",
        """
        -- Jobs as the pods that serve them last described them, and what an admin decided about them. Rows are never deleted:
        -- who is not seen any more is not listed.
        CREATE TABLE kernel.job (
            name        text PRIMARY KEY,
            summary     text NOT NULL,
            schedule    text NOT NULL,
            overlap     text NOT NULL CHECK (overlap IN ('skip', 'wait')),
            repeats     boolean NOT NULL,
            is_paused   boolean NOT NULL DEFAULT false,
            -- Ticks up to here are done with: claimed, passed over, or from before the job was known.
            ticks_after timestamptz NOT NULL,
            seen_at     timestamptz NOT NULL
        );

        CREATE TABLE kernel.job_run (
            id          uuid PRIMARY KEY,
            job         text NOT NULL REFERENCES kernel.job,
            tick        timestamptz NOT NULL,
            origin      text NOT NULL CHECK (origin IN ('schedule', 'request')),
            attempt     integer NOT NULL CHECK (attempt > 0),
            state       text NOT NULL CHECK (state IN ('requested', 'running', 'succeeded', 'failed', 'skipped', 'lost')),
            -- Whether it is repeated when it is lost.
            repeats     boolean NOT NULL,
            due_at      timestamptz NOT NULL,
            -- Who runs it: for people, and the scheduler that holds the lease.
            pod         text,
            owner       uuid,
            -- By the database's clock, unlike every other time here: pods must agree on whether a lease has expired.
            lease_until timestamptz,
            started_at  timestamptz,
            ended_at    timestamptz,
            error       text,
            CHECK (state <> 'running' OR (pod IS NOT NULL AND owner IS NOT NULL AND lease_until IS NOT NULL))
        );
        -- A tick is claimed once.
        CREATE UNIQUE INDEX job_run_tick ON kernel.job_run (job, tick, attempt) WHERE origin = 'schedule';
        -- A job runs once at a time.
        CREATE UNIQUE INDEX job_run_running ON kernel.job_run (job) WHERE state = 'running';
        -- One request waits at most.
        CREATE UNIQUE INDEX job_run_request ON kernel.job_run (job)
            WHERE state = 'requested' AND origin = 'request' AND attempt = 1;
        CREATE INDEX job_run_open ON kernel.job_run (job, due_at) WHERE state = 'requested';
        CREATE INDEX job_run_history ON kernel.job_run (job, tick DESC, attempt DESC);

        -- Called in the transaction of a run that was declared lost, so that whatever it does it cannot commit.
        CREATE FUNCTION kernel.refuse_lost_run() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the run was declared lost' USING ERRCODE = 'BS001'; END $$;
        """)
}
