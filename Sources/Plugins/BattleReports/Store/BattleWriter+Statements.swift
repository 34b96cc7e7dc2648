import KernelAPI

extension BattleWriter {
    static let create = Statement(
        "battle_reports.create_battles",
        """
        INSERT INTO battle_reports.battle
            (id, system_id, space_type, start_time, end_time, total_kills, total_isk_destroyed, total_participants, created_at,
             updated_at)
        SELECT id, $2, $3::text::battle_reports.space_type, $4, $4, 0, 0, 0, $4, $4 FROM unnest($1::uuid[]) AS made (id)
        """)

    static let moveKills = Statement(
        "battle_reports.move_kills",
        """
        UPDATE battle_reports.battle_killmails
        SET battle_id = CASE WHEN battle_id = ANY ($2) THEN $1 ELSE battle_id END,
            former_battle_id = CASE WHEN former_battle_id = ANY ($2) THEN NULL ELSE former_battle_id END
        WHERE battle_id = ANY ($2) OR former_battle_id = ANY ($2)
        """)

    static let movePresences = Statement(
        "battle_reports.move_presences", "UPDATE battle_reports.presence SET battle_id = $1 WHERE battle_id = ANY ($2)")

    static let moveParticipants = Statement(
        "battle_reports.move_participants",
        """
        INSERT INTO battle_reports.battle_participants AS p
            (battle_id, character_id, ship_type_id, corp_id, alliance_id, is_victim)
        SELECT $1, character_id, ship_type_id, min(corp_id), min(alliance_id), bool_or(is_victim)
        FROM battle_reports.battle_participants WHERE battle_id = ANY ($2) GROUP BY character_id, ship_type_id
        ON CONFLICT (battle_id, character_id, ship_type_id) DO UPDATE
        SET is_victim = p.is_victim OR excluded.is_victim, corp_id = least(p.corp_id, excluded.corp_id),
            alliance_id = least(p.alliance_id, excluded.alliance_id)
        """)

    static let moveRedirects = Statement(
        "battle_reports.move_redirects", "UPDATE battle_reports.battle_redirect SET target = $1 WHERE target = ANY ($2)")

    static let deleteBattles = Statement("battle_reports.delete_battles", "DELETE FROM battle_reports.battle WHERE id = ANY ($1)")

    static let insertRedirects = Statement(
        "battle_reports.insert_redirects",
        """
        INSERT INTO battle_reports.battle_redirect (id, target, reason, created_at)
        SELECT id, $2, $3, $4 FROM unnest($1::uuid[]) AS gone (id)
        """)

    static let selectDissolved = Statement(
        "battle_reports.select_dissolved",
        """
        SELECT DISTINCT b.id FROM battle_reports.battle_killmails k JOIN battle_reports.battle b ON b.id = k.former_battle_id
        WHERE k.killmail_id = ANY ($1) AND b.total_kills = 0 AND b.id <> $2
        """)

    static let leave = Statement(
        "battle_reports.leave_battle",
        """
        UPDATE battle_reports.battle_killmails SET battle_id = NULL, former_battle_id = $1
        WHERE killmail_id = ANY ($2)
        """)

    static let join = Statement(
        "battle_reports.join_battle",
        """
        UPDATE battle_reports.battle_killmails SET battle_id = $1, former_battle_id = NULL WHERE killmail_id = ANY ($2)
        """)

    static let insertKills = Statement(
        "battle_reports.insert_kills",
        """
        INSERT INTO battle_reports.battle_killmails
            (killmail_id, battle_id, "timestamp", system_id, victim_alliance_id, isk_value)
        SELECT id, battle, time, $1, alliance, isk
        FROM unnest($2::bigint[], $3::uuid[], $4::timestamptz[], $5::bigint[], $6::numeric[])
             AS kill (id, battle, time, alliance, isk)
        """)

    static let deleteParticipants = Statement(
        "battle_reports.delete_participants", "DELETE FROM battle_reports.battle_participants WHERE battle_id = $1")

    /// Every kill of a battle, to be read in pieces.
    static let selectMembers = Statement(
        "battle_reports.select_members",
        "SELECT killmail_id FROM battle_reports.battle_killmails WHERE battle_id = $1 ORDER BY killmail_id")

    static let insertParticipants = Statement(
        "battle_reports.insert_participants",
        """
        INSERT INTO battle_reports.battle_participants AS p
            (battle_id, character_id, ship_type_id, corp_id, alliance_id, is_victim)
        SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::boolean[])
        ON CONFLICT (battle_id, character_id, ship_type_id) DO UPDATE
        SET is_victim = p.is_victim OR excluded.is_victim, corp_id = least(p.corp_id, excluded.corp_id),
            alliance_id = least(p.alliance_id, excluded.alliance_id)
        WHERE (p.is_victim, p.corp_id, p.alliance_id) IS DISTINCT FROM
              (p.is_victim OR excluded.is_victim, least(p.corp_id, excluded.corp_id), least(p.alliance_id, excluded.alliance_id))
        """)

    /// A dissolved battle keeps its times: nothing else tells any more when it was. The sum stops at `ISK.greatest`, so that
    /// absurd estimates cannot make a battle that nobody can read.
    static let deriveTotals = Statement(
        "battle_reports.derive_totals",
        """
        UPDATE battle_reports.battle b
        SET total_kills = m.kills, total_isk_destroyed = m.isk, start_time = coalesce(m.first, b.start_time),
            end_time = coalesce(m.last, b.end_time), total_participants = p.pilots, updated_at = $2,
            security_type = coalesce(s.security_type, b.security_type),
            space_type = CASE s.security_type WHEN 'wormhole' THEN 'jspace' WHEN 'pochven' THEN 'pochven'
                         ELSE b.space_type::text END::battle_reports.space_type
        FROM (SELECT count(*) AS kills, least(coalesce(sum(isk_value), 0), 90000000000000000) AS isk,
                     min("timestamp") AS first, max("timestamp") AS last
              FROM battle_reports.battle_killmails WHERE battle_id = $1) m,
             (SELECT count(DISTINCT character_id) AS pilots
              FROM battle_reports.battle_participants WHERE battle_id = $1) p,
             (SELECT (SELECT k.security_type FROM contract.killmail k WHERE k.killmail_id = (
                  SELECT killmail_id FROM battle_reports.battle_killmails WHERE battle_id = $1
                  ORDER BY "timestamp", killmail_id LIMIT 1)) AS security_type) s
        WHERE b.id = $1
        """)
}
