import KernelAPI

extension KillmailsMigrations {
    static let m0001 = Migration(
        "m0001_killmails",
        """
        CREATE TYPE security_type AS ENUM ('highsec', 'lowsec', 'nullsec', 'wormhole', 'pochven', 'abyssal', 'void');

        -- Who a killmail is. Not partitioned, because only so can the database refuse a second mail with the same id.
        -- occurred_at is missing until the mail itself is there.
        CREATE TABLE killmail (
            killmail_id bigint PRIMARY KEY CHECK (killmail_id > 0),
            occurred_at timestamptz,
            hash        bytea CHECK (octet_length(hash) = 20)
        );

        -- What it says, by month, so that old months can be dropped.
        CREATE TABLE detail (
            killmail_id           bigint NOT NULL REFERENCES killmail ON DELETE CASCADE,
            occurred_at           timestamptz NOT NULL,
            system_id             bigint NOT NULL,
            victim_character_id   bigint,
            victim_corporation_id bigint,
            victim_alliance_id    bigint,
            victim_faction_id     bigint,
            victim_ship_type_id   bigint,
            damage_taken          bigint NOT NULL CHECK (damage_taken >= 0),
            total_value           numeric(20, 2) CHECK (total_value >= 0),
            attacker_count        integer NOT NULL CHECK (attacker_count >= 0),
            security_type         security_type,
            PRIMARY KEY (killmail_id, occurred_at)
        ) PARTITION BY RANGE (occurred_at);
        CREATE INDEX detail_by_time ON detail (occurred_at, killmail_id);
        -- The few that wait for static data.
        CREATE INDEX detail_without_security ON detail (system_id) WHERE security_type IS NULL;

        CREATE TABLE attacker (
            killmail_id    bigint NOT NULL REFERENCES killmail ON DELETE CASCADE,
            occurred_at    timestamptz NOT NULL,
            -- Place in the mail, from 0.
            position       integer NOT NULL CHECK (position >= 0),
            character_id   bigint,
            corporation_id bigint,
            alliance_id    bigint,
            faction_id     bigint,
            ship_type_id   bigint,
            weapon_type_id bigint,
            damage_done    bigint NOT NULL CHECK (damage_done >= 0),
            final_blow     boolean NOT NULL,
            PRIMARY KEY (killmail_id, position, occurred_at)
        ) PARTITION BY RANGE (occurred_at);

        -- Makes the partitions of the month that holds `moment`. The lock lets two writers meet at a month's turn.
        CREATE FUNCTION ensure_month(moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            first  timestamptz := date_trunc('month', moment, 'UTC');
            suffix text := to_char(first AT TIME ZONE 'UTC', 'YYYY_MM');
            parent text;
        BEGIN
            IF to_regclass('killmails.attacker_' || suffix) IS NOT NULL THEN RETURN; END IF;
            PERFORM pg_advisory_xact_lock(7355608002);
            FOREACH parent IN ARRAY ARRAY['detail', 'attacker'] LOOP
                EXECUTE format(
                    'CREATE TABLE IF NOT EXISTS killmails.%I PARTITION OF killmails.%I FOR VALUES FROM (%L) TO (%L)',
                    parent || '_' || suffix, parent, first, first + interval '1 month');
            END LOOP;
        END $$;
        """)
}
