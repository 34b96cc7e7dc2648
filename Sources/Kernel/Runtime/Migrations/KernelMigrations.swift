import KernelAPI

/// The kernel's own tables, in the schema `kernel`.
enum KernelMigrations {
    static let group: PluginName = "kernel"

    static let all = [
        Migration(
            "m0001_queues_and_secrets",
            """
            -- Durable queues. A row is taken with FOR UPDATE SKIP LOCKED and deleted in the taker's transaction.
            CREATE TABLE kernel.queue_item (
                queue text NOT NULL,
                id    bigint GENERATED ALWAYS AS IDENTITY,
                key   bigint NOT NULL,
                PRIMARY KEY (queue, id)
            );
            -- The rows live for seconds: vacuum by count, not by share of a table that is empty most of the time.
            ALTER TABLE kernel.queue_item SET (
                autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.5);

            -- Keys that every pod shares. gen_random_uuid is random from the operating system: 244 bits in two.
            CREATE TABLE kernel.secret (name text PRIMARY KEY, value bytea NOT NULL);
            INSERT INTO kernel.secret (name, value)
            VALUES ('cursor_signing', decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
            """),
        identity,
        features,
        jobs,
        bus,
    ]
}
