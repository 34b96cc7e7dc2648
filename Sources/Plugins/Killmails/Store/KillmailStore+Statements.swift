import KernelAPI

extension KillmailStore {
    /// A mere reference becomes a killmail; a killmail stays as it is.
    static let insertIdentity = Statement(
        "killmails.insert_identity",
        """
        INSERT INTO killmails.killmail AS k (killmail_id, occurred_at, hash)
        SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bytea[])
        ON CONFLICT (killmail_id) DO UPDATE
        SET occurred_at = excluded.occurred_at, hash = coalesce(k.hash, excluded.hash)
        WHERE k.occurred_at IS NULL
        RETURNING killmail_id
        """)

    static let selectTimes = Statement(
        "killmails.select_times", "SELECT killmail_id, occurred_at FROM killmails.killmail WHERE killmail_id = ANY ($1)")

    static let ensureMonth = Statement("killmails.ensure_month", "SELECT 1 FROM (SELECT killmails.ensure_month($1)) made")

    static let insertNames = Statement(
        "killmails.insert_names",
        """
        INSERT INTO killmails.name (id, next_attempt_at)
        SELECT id, $2 FROM unnest($1::bigint[]) AS wanted (id)
        ON CONFLICT (id) DO NOTHING
        """)

    static let forgetEnrichment = Statement(
        "killmails.forget_enrichment", "DELETE FROM killmails.enrichment WHERE killmail_id = ANY ($1)")

    static let insertReference = Statement(
        "killmails.insert_reference",
        """
        WITH fresh AS (
            INSERT INTO killmails.killmail (killmail_id, hash)
            SELECT * FROM unnest($1::bigint[], $2::bytea[])
            ON CONFLICT (killmail_id) DO NOTHING
            RETURNING killmail_id)
        INSERT INTO killmails.enrichment (killmail_id, status, next_attempt_at)
        SELECT killmail_id, 'pending', $3 FROM fresh
        """)

    static let insertReject = Statement(
        "killmails.insert_reject",
        """
        INSERT INTO killmails.reject (source, sequence, killmail_id, code, message, received_at)
        SELECT DISTINCT ON (sequence) $1, sequence, killmail_id, code, message, $6
        FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[]) AS bad (sequence, killmail_id, code, message)
        ON CONFLICT (source, sequence) DO UPDATE
        SET killmail_id = excluded.killmail_id, code = excluded.code, message = excluded.message,
            received_at = excluded.received_at
        """)
}
