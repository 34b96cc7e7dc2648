import KernelAPI

extension KillmailsMigrations {
    static let m0005 = Migration(
        "m0005_month_locks",
        """
        -- As before, but months are UTC's whatever the session's time zone is, and the locks are taken in the order in which
        -- writers and readers take theirs: killmail, detail, attacker. A new partition locks the table that it refers to as
        -- well, which a writer may hold while it waits for the partition.
        CREATE OR REPLACE FUNCTION ensure_month(moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            month  timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
            suffix text := to_char(month, 'YYYY_MM');
            parent text;
        BEGIN
            IF to_regclass('killmails.attacker_' || suffix) IS NOT NULL THEN RETURN; END IF;
            LOCK TABLE killmails.killmail IN SHARE ROW EXCLUSIVE MODE;
            FOREACH parent IN ARRAY ARRAY['detail', 'attacker'] LOOP
                EXECUTE format(
                    'CREATE TABLE IF NOT EXISTS killmails.%I PARTITION OF killmails.%I FOR VALUES FROM (%L) TO (%L)',
                    parent || '_' || suffix, parent, month AT TIME ZONE 'UTC',
                    (month + interval '1 month') AT TIME ZONE 'UTC');
            END LOOP;
        END $$;
        """)
}
