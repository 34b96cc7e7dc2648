import KernelAPI

extension KillmailsMigrations {
    static let m0003 = Migration(
        "m0003_static_data_and_names",
        """
        CREATE TABLE static_data_import (
            id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            source      text NOT NULL,
            imported_at timestamptz NOT NULL
        );
        CREATE TABLE region (region_id bigint PRIMARY KEY, name text NOT NULL);
        CREATE TABLE constellation (constellation_id bigint PRIMARY KEY, name text NOT NULL, region_id bigint);
        CREATE TABLE solar_system (
            system_id        bigint PRIMARY KEY,
            name             text NOT NULL,
            constellation_id bigint,
            region_id        bigint,
            -- The true value, -1.0 to 1.0.
            security_status  double precision
        );
        CREATE TABLE item_type (type_id bigint PRIMARY KEY, name text NOT NULL, group_id bigint);
        CREATE TABLE item_group (group_id bigint PRIMARY KEY, name text NOT NULL, category_id bigint);

        -- Names of characters, corporations, alliances and factions, asked of ESI. A row without a name waits to be asked;
        -- one that ESI does not know is not asked again.
        CREATE TABLE name (
            id              bigint PRIMARY KEY,
            category        text,
            name            text,
            attempts        integer NOT NULL DEFAULT 0,
            -- Missing when the name is known or will never be.
            next_attempt_at timestamptz
        );
        CREATE INDEX name_due ON name (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
        """)
}
