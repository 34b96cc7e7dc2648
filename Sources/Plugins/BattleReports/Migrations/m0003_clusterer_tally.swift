import KernelAPI

extension BattleReportsMigrations {
    static let m0003 = Migration(
        "m0003_clusterer_tally",
        """
        -- What the clusterer did, in steps of ten minutes; kept for a week.
        CREATE TABLE tally (
            step        timestamptz PRIMARY KEY,
            killmails   bigint NOT NULL,
            -- Those that were less than a day old, and how old they were together: history says nothing about lag.
            fresh       bigint NOT NULL,
            lag_seconds bigint NOT NULL,
            last_at     timestamptz NOT NULL
        );
        CREATE INDEX battle_by_creation ON battle (created_at);
        """)
}
