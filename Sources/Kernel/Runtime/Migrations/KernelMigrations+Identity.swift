import KernelAPI

extension KernelMigrations {
    /// Accounts, characters, roles, sessions, keys, the organisation gate and the audit log (`docs/access.md`).
    static let identity = Migration(
        "m0002_identity",
        """
        CREATE TABLE kernel.account (
            id                uuid PRIMARY KEY,
            display_name      text NOT NULL,
            email             text,
            is_superadmin     boolean NOT NULL DEFAULT false,
            blocked_at        timestamptz,
            blocked_by        uuid,
            blocked_reason    text,
            primary_character uuid,
            created_at        timestamptz NOT NULL,
            last_login_at     timestamptz,
            CHECK ((blocked_at IS NULL) = (blocked_reason IS NULL))
        );
        CREATE INDEX account_created ON kernel.account (created_at DESC, id DESC);

        CREATE TABLE kernel.character (
            id                        uuid PRIMARY KEY,
            eve_character_id          bigint NOT NULL UNIQUE CHECK (eve_character_id > 0),
            account                   uuid NOT NULL REFERENCES kernel.account ON DELETE CASCADE,
            name                      text NOT NULL,
            -- Stands for the EVE account that owns the character; NULL until its first login (roles given in advance).
            owner_hash                text,
            linked_at                 timestamptz NOT NULL,
            corporation_id            bigint,
            alliance_id               bigint,
            affiliation_checked_at    timestamptz,
            affiliation_claimed_until timestamptz,
            scopes                    text[] NOT NULL DEFAULT '{}',
            -- AES-256-GCM; the key's id stands in front.
            refresh_token             bytea,
            token_version             bigint NOT NULL DEFAULT 0,
            token_status              text NOT NULL DEFAULT 'none'
                CHECK (token_status IN ('none', 'valid', 'failing', 'revoked')),
            token_checked_at          timestamptz,
            token_claimed_until       timestamptz,
            last_verified_at          timestamptz,
            UNIQUE (account, id)
        );
        CREATE INDEX character_affiliation_due ON kernel.character (affiliation_checked_at NULLS FIRST);
        CREATE INDEX character_token_due ON kernel.character (token_checked_at) WHERE refresh_token IS NOT NULL;
        -- The primary character is one of the account's own.
        ALTER TABLE kernel.account ADD FOREIGN KEY (id, primary_character) REFERENCES kernel.character (account, id)
            DEFERRABLE INITIALLY DEFERRED;

        -- Characters for which BATTLESCOPE_SUPERADMINS has done its work: once, so that a later demotion holds; and those that
        -- came with another owner, whom the setting did not mean.
        CREATE TABLE kernel.superadmin_setting_used (eve_character_id bigint PRIMARY KEY, used_at timestamptz NOT NULL);

        -- Corporations and alliances by name, as ESI told them.
        CREATE TABLE kernel.organisation (id bigint PRIMARY KEY, name text NOT NULL);

        CREATE TABLE kernel.feature_role (
            account    uuid NOT NULL REFERENCES kernel.account ON DELETE CASCADE,
            feature    text NOT NULL,
            rank       smallint NOT NULL CHECK (rank IN (10, 20, 30, 40)),
            granted_at timestamptz NOT NULL,
            granted_by uuid,
            PRIMARY KEY (account, feature)
        );
        CREATE INDEX feature_role_feature ON kernel.feature_role (feature, rank);

        CREATE TABLE kernel.session (
            id           uuid PRIMARY KEY,
            -- SHA-256 of the token; the token itself is with the browser only.
            token_hash   bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
            account      uuid NOT NULL REFERENCES kernel.account ON DELETE CASCADE,
            created_at   timestamptz NOT NULL,
            last_seen_at timestamptz NOT NULL,
            expires_at   timestamptz NOT NULL,
            -- Kept until it expires, so that a blocked account can be told why.
            ended_at     timestamptz,
            -- The account's rights rose: the browser gets a new token with the next chance.
            renews       boolean NOT NULL DEFAULT false,
            -- It goes on under this one; the old token stays good for requests that are under way.
            replaced_by  uuid REFERENCES kernel.session ON DELETE CASCADE,
            -- A superadmin looks with this account's rights.
            view_as      uuid REFERENCES kernel.account ON DELETE CASCADE,
            ip           text,
            user_agent   text
        );
        CREATE INDEX session_account ON kernel.session (account, created_at DESC);
        CREATE INDEX session_expires ON kernel.session (expires_at);
        CREATE INDEX session_replaced ON kernel.session (replaced_by) WHERE replaced_by IS NOT NULL;
        CREATE INDEX session_view ON kernel.session (view_as) WHERE view_as IS NOT NULL;

        CREATE TABLE kernel.api_key (
            id           uuid PRIMARY KEY,
            key_hash     bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
            account      uuid NOT NULL REFERENCES kernel.account ON DELETE CASCADE,
            name         text NOT NULL,
            features     text[] NOT NULL,
            created_at   timestamptz NOT NULL,
            expires_at   timestamptz NOT NULL,
            revoked_at   timestamptz,
            last_used_at timestamptz
        );
        CREATE INDEX api_key_account ON kernel.api_key (account, created_at DESC);

        -- A login under way; used once, gone after ten minutes.
        CREATE TABLE kernel.login_attempt (
            state_hash   bytea PRIMARY KEY CHECK (octet_length(state_hash) = 32),
            -- SHA-256 of the cookie of the browser that began it.
            browser_hash bytea NOT NULL CHECK (octet_length(browser_hash) = 32),
            -- Sealed like a refresh token.
            verifier     bytea NOT NULL,
            wanted_path  text NOT NULL,
            purpose      text NOT NULL CHECK (purpose IN ('login', 'link')),
            account      uuid REFERENCES kernel.account ON DELETE CASCADE,
            expires_at   timestamptz NOT NULL,
            CHECK ((purpose = 'link') = (account IS NOT NULL))
        );
        CREATE INDEX login_attempt_expires ON kernel.login_attempt (expires_at);

        -- The organisation gate: one row.
        CREATE TABLE kernel.auth_config (
            only_row             boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            requires_membership  boolean NOT NULL DEFAULT false,
            allowed_corporations bigint[] NOT NULL DEFAULT '{}',
            allowed_alliances    bigint[] NOT NULL DEFAULT '{}',
            denied_corporations  bigint[] NOT NULL DEFAULT '{}',
            denied_alliances     bigint[] NOT NULL DEFAULT '{}'
        );
        INSERT INTO kernel.auth_config DEFAULT VALUES;

        -- What people changed. Accounts are not referred to: the log outlives them.
        CREATE TABLE kernel.audit_log (
            number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            time       timestamptz NOT NULL,
            actor      uuid,
            actor_name text,
            ip         text,
            user_agent text,
            action     text NOT NULL,
            target     text NOT NULL,
            old_value  jsonb,
            new_value  jsonb
        );
        CREATE INDEX audit_log_time ON kernel.audit_log (time);
        CREATE INDEX audit_log_actor ON kernel.audit_log (actor, number DESC);
        CREATE INDEX audit_log_action ON kernel.audit_log (action, number DESC);
        CREATE INDEX audit_log_target ON kernel.audit_log (target, number DESC);
        CREATE FUNCTION kernel.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit log can be added to, nothing else' USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER audit_log_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel.audit_log
            FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_audit_change();
        -- Also for sessions that replay changes (session_replication_role).
        ALTER TABLE kernel.audit_log ENABLE ALWAYS TRIGGER audit_log_is_final;
        """)
}
