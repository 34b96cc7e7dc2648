import KernelAPI

extension KernelMigrations {
    static let features = Migration(
        "m0003_features",
        """
        -- What admins set, by plugin. A plugin without a row is on and has no settings of theirs.
        CREATE TABLE kernel.feature (
            plugin     text PRIMARY KEY,
            is_enabled boolean NOT NULL,
            -- Text by key; what a value means is known to the plugin alone.
            settings   jsonb NOT NULL,
            changed_at timestamptz NOT NULL,
            -- The account; null for the program itself.
            changed_by uuid,
            -- When it was last switched, other than changed.
            switched_at timestamptz,
            -- Grows with each change, under the row's lock: the sum tells whether anything changed.
            version    bigint NOT NULL
        );

        -- What each pod says about its plugins. Rows of pods that ended in order are gone; of those that were killed they stay
        -- for a while. seen_at is a lease, by the database's clock.
        CREATE TABLE kernel.pod_plugin (
            pod                text NOT NULL,
            plugin             text NOT NULL,
            version            text NOT NULL,
            configuration_hash text NOT NULL,
            state              text NOT NULL,
            last_error         text,
            serves_routes      boolean NOT NULL,
            workers            text[] NOT NULL,
            started_at         timestamptz,
            seen_at            timestamptz NOT NULL,
            PRIMARY KEY (pod, plugin)
        );
        """)
}
