import KernelAPI

extension KillmailsMigrations {
    /// What other plugins may read. Columns are only ever added.
    static let m0004 = Migration(
        "m0004_contract",
        """
        -- The identity comes first in these joins: it turns an id into the one month to look into.
        CREATE VIEW contract.killmail AS
        SELECT k.killmail_id, d.occurred_at, d.system_id, d.victim_character_id, d.victim_corporation_id,
               d.victim_alliance_id, d.victim_faction_id, d.victim_ship_type_id, d.damage_taken, d.total_value,
               d.attacker_count, d.security_type::text AS security_type, d.attackers
        FROM killmails.killmail k
        JOIN killmails.detail d ON d.killmail_id = k.killmail_id AND d.occurred_at = k.occurred_at;

        -- The same in the order of time, for lists of the newest: one index scan, month by month.
        CREATE VIEW contract.recent_killmail AS
        SELECT killmail_id, occurred_at, system_id, security_type::text AS security_type FROM killmails.detail;

        -- For people: what plugins need of many killmails is quicker unpacked by them.
        CREATE VIEW contract.attacker AS
        SELECT k.killmail_id, a.position, k.occurred_at, a.character_id, a.corporation_id, a.alliance_id, a.faction_id,
               a.ship_type_id, a.weapon_type_id, a.damage_done, a.final_blow
        FROM contract.killmail k CROSS JOIN LATERAL killmails.unpack_attackers(k.attackers) a;

        -- pending, processing, succeeded or failed, for every killmail that is known at all.
        CREATE VIEW contract.enrichment AS
        SELECT k.killmail_id,
               CASE WHEN k.occurred_at IS NOT NULL THEN 'succeeded' ELSE coalesce(e.status::text, 'pending') END AS status
        FROM killmails.killmail k LEFT JOIN killmails.enrichment e USING (killmail_id);

        CREATE VIEW contract.solar_system AS
        SELECT s.system_id, s.name, s.constellation_id, s.region_id, r.name AS region_name, s.security_status
        FROM killmails.solar_system s LEFT JOIN killmails.region r USING (region_id);

        CREATE VIEW contract.item_type AS
        SELECT t.type_id, t.name, t.group_id, g.name AS group_name, g.category_id
        FROM killmails.item_type t LEFT JOIN killmails.item_group g USING (group_id);

        CREATE VIEW contract.entity_name AS
        SELECT id, category, name FROM killmails.name WHERE name IS NOT NULL;

        -- One row; 0 before the first import. A higher number tells that kinds of space and names may have come.
        CREATE VIEW contract.static_data AS
        SELECT coalesce(max(id), 0)::bigint AS version FROM killmails.static_data_import;
        """)
}
