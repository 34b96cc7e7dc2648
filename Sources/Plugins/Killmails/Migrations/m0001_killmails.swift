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
            attacker_count        integer NOT NULL CHECK (attacker_count >= 0),
            security_type         security_type,
            total_value           numeric(20, 2) CHECK (total_value >= 0),
            -- EVE's PackedAttackers: a seventh of what rows of their own take.
            attackers             bytea NOT NULL,
            PRIMARY KEY (killmail_id, occurred_at)
        ) PARTITION BY RANGE (occurred_at);
        CREATE INDEX detail_by_time ON detail (occurred_at, killmail_id);
        -- The few that wait for static data.
        CREATE INDEX detail_without_security ON detail (system_id) WHERE security_type IS NULL;

        -- Attackers as rows, for people: the second reader of what EVE's PackedAttackers writes. Programs use the first one.
        CREATE FUNCTION unpack_attackers(packed bytea) RETURNS TABLE (
            "position" integer, character_id bigint, corporation_id bigint, alliance_id bigint, faction_id bigint,
            ship_type_id bigint, weapon_type_id bigint, damage_done bigint, final_blow boolean
        ) LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
        DECLARE
            -- Fetched from where long values are kept once, not for every byte.
            bytes   bytea := packed || ''::bytea;
            byte    integer;
            number  bigint := 0;
            shift   integer := 0;
            numbers bigint[] := '{}';
            here    integer := 3;
            flags   bigint;
        BEGIN
            FOR place IN 0 .. octet_length(bytes) - 1 LOOP
                byte := get_byte(bytes, place);
                number := number | ((byte & 127)::bigint << shift);
                shift := shift + 7;
                IF byte < 128 THEN
                    numbers := numbers || number;
                    number := 0;
                    shift := 0;
                END IF;
            END LOOP;
            IF numbers[1] <> 1 THEN RAISE 'attackers are packed in version %, which is unknown', numbers[1]; END IF;
            FOR place IN 0 .. numbers[2] - 1 LOOP
                "position" := place;
                flags := numbers[here];
                here := here + 1;
                character_id := CASE WHEN flags & 1 <> 0 THEN numbers[here] END;
                here := here + (flags & 1)::integer;
                IF flags & 2 = 0 THEN
                    corporation_id := CASE WHEN flags & 4 <> 0 THEN numbers[here] END;
                    here := here + (flags >> 2 & 1)::integer;
                    alliance_id := CASE WHEN flags & 8 <> 0 THEN numbers[here] END;
                    here := here + (flags >> 3 & 1)::integer;
                    faction_id := CASE WHEN flags & 16 <> 0 THEN numbers[here] END;
                    here := here + (flags >> 4 & 1)::integer;
                END IF;
                ship_type_id := CASE WHEN flags & 32 <> 0 THEN numbers[here] END;
                here := here + (flags >> 5 & 1)::integer;
                weapon_type_id := CASE WHEN flags & 64 <> 0 THEN numbers[here] END;
                here := here + (flags >> 6 & 1)::integer;
                damage_done := numbers[here];
                here := here + 1;
                final_blow := flags & 128 <> 0;
                RETURN NEXT;
            END LOOP;
        END $$;

        -- Makes the partition of the month (UTC, whatever the session's time zone is) that holds `moment`. A new partition
        -- locks the table that it refers to as well, which a writer may hold while it waits for the partition: so that one is
        -- locked first, in the order in which writers and readers take their locks.
        CREATE FUNCTION ensure_month(moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            month timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
            part  text := 'detail_' || to_char(month, 'YYYY_MM');
        BEGIN
            IF to_regclass('killmails.' || part) IS NOT NULL THEN RETURN; END IF;
            LOCK TABLE killmails.killmail IN SHARE ROW EXCLUSIVE MODE;
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS killmails.%I PARTITION OF killmails.detail FOR VALUES FROM (%L) TO (%L)',
                part, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
        END $$;
        """)
}
