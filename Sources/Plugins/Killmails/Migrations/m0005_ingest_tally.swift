import KernelAPI

extension KillmailsMigrations {
    static let m0005 = Migration(
        "m0005_ingest_tally",
        """
        -- What became of what came, in steps of ten minutes; kept for a week.
        CREATE TABLE tally (
            step   timestamptz NOT NULL,
            source text NOT NULL,
            -- stored, duplicate, reference or rejected
            result text NOT NULL,
            -- A reject's code; empty otherwise.
            reason text NOT NULL,
            count  bigint NOT NULL CHECK (count > 0),
            PRIMARY KEY (step, source, result, reason)
        );

        ALTER TABLE enrichment ADD COLUMN failed_at timestamptz;
        CREATE INDEX enrichment_failed ON enrichment (killmail_id) WHERE status = 'failed';
        """)
}
