import KernelAPI

extension BattleReportsMigrations {
    static let m0002 = Migration(
        "m0002_rulesets",
        """
        -- Which killmails take part. One row is active; it is made when the plugin first starts.
        CREATE TABLE rulesets (
            id                     uuid PRIMARY KEY,
            active                 boolean NOT NULL,
            -- Missing: as configured (MIN_PILOTS).
            min_pilots             integer CHECK (min_pilots >= 0),
            tracked_alliance_ids   bigint[] NOT NULL DEFAULT '{}',
            tracked_corp_ids       bigint[] NOT NULL DEFAULT '{}',
            tracked_system_ids     bigint[] NOT NULL DEFAULT '{}',
            tracked_security_types text[] NOT NULL DEFAULT '{}',
            ignore_unlisted        boolean NOT NULL DEFAULT false,
            updated_by             text,
            CHECK (NOT ignore_unlisted OR cardinality(tracked_alliance_ids) + cardinality(tracked_corp_ids) > 0)
        );
        CREATE UNIQUE INDEX rulesets_one_active ON rulesets (active) WHERE active;
        INSERT INTO rulesets (id, active) VALUES (gen_random_uuid(), true);

        -- Killmails that do not take part, and why.
        CREATE TABLE rejected_killmail (
            killmail_id bigint PRIMARY KEY,
            reason      text NOT NULL,
            rejected_at timestamptz NOT NULL
        );
        """)
}
