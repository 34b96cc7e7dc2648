import KernelAPI

extension KillmailsMigrations {
    static let m0002 = Migration(
        "m0002_feed_and_enrichment",
        """
        -- How far each feed has been read; changes in the transaction that stores what was read.
        CREATE TABLE feed_state (
            feed        text PRIMARY KEY,
            cursor      bigint,
            cursor_time timestamptz,
            updated_at  timestamptz NOT NULL
        );

        -- Numbers that were missing when the cursor passed them.
        CREATE TABLE feed_gap (
            feed            text NOT NULL REFERENCES feed_state ON DELETE CASCADE,
            sequence        bigint NOT NULL,
            noticed_at      timestamptz NOT NULL,
            attempts        integer NOT NULL,
            next_attempt_at timestamptz NOT NULL,
            PRIMARY KEY (feed, sequence)
        );

        -- Numbers that will never come.
        CREATE TABLE feed_abandonment (
            feed           text NOT NULL,
            first_sequence bigint NOT NULL,
            last_sequence  bigint NOT NULL,
            reason         text NOT NULL,
            abandoned_at   timestamptz NOT NULL,
            PRIMARY KEY (feed, first_sequence),
            CHECK (first_sequence <= last_sequence)
        );

        -- What came and could not be used, and why. A number that comes again replaces its row.
        CREATE TABLE reject (
            source      text NOT NULL,
            sequence    bigint NOT NULL,
            killmail_id bigint,
            code        text NOT NULL,
            message     text NOT NULL,
            received_at timestamptz NOT NULL,
            PRIMARY KEY (source, sequence)
        );
        CREATE INDEX reject_by_killmail ON reject (killmail_id) WHERE killmail_id IS NOT NULL;

        -- Killmails of which only id and hash are known. `succeeded` has no row: it is what killmail.occurred_at tells.
        CREATE TYPE enrichment_status AS ENUM ('pending', 'processing', 'failed');
        CREATE TABLE enrichment (
            killmail_id     bigint PRIMARY KEY REFERENCES killmail ON DELETE CASCADE,
            status          enrichment_status NOT NULL,
            attempts        integer NOT NULL DEFAULT 0,
            -- pending: not before; processing: taken from the worker when this has passed.
            next_attempt_at timestamptz NOT NULL,
            last_error      text
        );
        CREATE INDEX enrichment_due ON enrichment (next_attempt_at) WHERE status <> 'failed';
        """)
}
