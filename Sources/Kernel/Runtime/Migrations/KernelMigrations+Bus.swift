import KernelAPI

extension KernelMigrations {
    static let bus = Migration(
        "m0005_bus",
        """
        -- What transactions publish. Rows live until the relay numbers them: moments.
        CREATE TABLE kernel.outbox (
            id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            topic        text NOT NULL,
            payload      bytea NOT NULL CHECK (octet_length(payload) <= 65536),
            published_at timestamptz NOT NULL
        );
        ALTER TABLE kernel.outbox SET (
            autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.5);

        -- All events under one sequence without gaps: what can be read is complete up to its last number.
        CREATE TABLE kernel.event (
            number       bigint PRIMARY KEY CHECK (number > 0),
            topic        text NOT NULL,
            payload      bytea NOT NULL,
            published_at timestamptz NOT NULL
        );

        -- The last number given. Whoever numbers holds this row: numbers are given, and become visible, batch by batch.
        CREATE TABLE kernel.bus_head (
            is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            last_number bigint NOT NULL
        );
        INSERT INTO kernel.bus_head (last_number) VALUES (0);

        -- Up to where each consumer has come; its effects are committed together with this.
        CREATE TABLE kernel.consumer_position (
            consumer   text PRIMARY KEY,
            number     bigint NOT NULL,
            updated_at timestamptz NOT NULL
        );
        """)
}
