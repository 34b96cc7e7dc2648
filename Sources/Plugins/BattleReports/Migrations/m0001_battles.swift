import KernelAPI

extension BattleReportsMigrations {
    static let m0001 = Migration(
        "m0001_battles",
        """
        CREATE TYPE space_type AS ENUM ('kspace', 'jspace', 'pochven');

        CREATE TABLE battle (
            id                  uuid PRIMARY KEY,
            system_id           bigint NOT NULL,
            space_type          space_type NOT NULL,
            -- Missing while the static data is.
            security_type       text,
            start_time          timestamptz NOT NULL,
            end_time            timestamptz NOT NULL,
            -- Always sums over battle_killmails and battle_participants, never counted up. 0: dissolved, see former_battle_id.
            total_kills         integer NOT NULL CHECK (total_kills >= 0),
            total_isk_destroyed numeric(20, 2) NOT NULL,
            total_participants  integer NOT NULL,
            created_at          timestamptz NOT NULL,
            updated_at          timestamptz NOT NULL,
            CHECK (start_time <= end_time)
        );
        CREATE INDEX battle_by_start ON battle (start_time, id) WHERE total_kills > 0;
        CREATE INDEX battle_by_system ON battle (system_id, start_time, id) WHERE total_kills > 0;
        CREATE INDEX battle_by_space ON battle (space_type, start_time, id) WHERE total_kills > 0;
        CREATE INDEX battle_without_security ON battle (system_id) WHERE security_type IS NULL;

        -- Every id ever handed out leads to a living battle, in one step.
        CREATE TABLE battle_redirect (
            id         uuid PRIMARY KEY,
            target     uuid NOT NULL REFERENCES battle,
            -- merged or dissolved
            reason     text NOT NULL,
            created_at timestamptz NOT NULL
        );
        CREATE INDEX battle_redirect_by_target ON battle_redirect (target);

        -- Every killmail that takes part in clustering, once: in a battle, or waiting for company (battle_id missing).
        CREATE TABLE battle_killmails (
            killmail_id        bigint PRIMARY KEY,
            battle_id          uuid REFERENCES battle,
            "timestamp"        timestamptz NOT NULL,
            system_id          bigint NOT NULL,
            victim_alliance_id bigint,
            isk_value          numeric(20, 2),
            -- The battle that this kill was in when that dissolved: it will lead to wherever this kill goes.
            former_battle_id   uuid REFERENCES battle
        );
        -- Without the time: a battle's kills are read together and sorted then, and entries that are all equal take a quarter.
        CREATE INDEX battle_killmails_by_battle ON battle_killmails (battle_id) WHERE battle_id IS NOT NULL;
        CREATE INDEX battle_killmails_by_system ON battle_killmails (system_id, "timestamp", killmail_id);
        CREATE INDEX battle_killmails_waiting ON battle_killmails (system_id, "timestamp") WHERE battle_id IS NULL;

        CREATE TABLE battle_participants (
            battle_id    uuid NOT NULL REFERENCES battle ON DELETE CASCADE,
            character_id bigint NOT NULL,
            ship_type_id bigint,
            corp_id      bigint,
            alliance_id  bigint,
            is_victim    boolean NOT NULL,
            -- A missing ship is one value too.
            UNIQUE NULLS NOT DISTINCT (battle_id, character_id, ship_type_id)
        );

        -- In which stretches of time a pilot or party was seen in a battle: what a new kill is compared with, instead of
        -- with the battle's kills. docs/clustering.md
        CREATE TABLE presence (
            system_id  bigint NOT NULL,
            kind       smallint NOT NULL,
            key        bigint NOT NULL,
            first_time timestamptz NOT NULL,
            last_time  timestamptz NOT NULL,
            battle_id  uuid NOT NULL REFERENCES battle ON DELETE CASCADE,
            PRIMARY KEY (system_id, kind, key, first_time),
            CHECK (first_time <= last_time)
        );
        CREATE INDEX presence_by_battle ON presence (battle_id);
        """)
}
