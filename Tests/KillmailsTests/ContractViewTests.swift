import KernelAPI
import KernelTesting
import Testing

@testable import Killmails

/// What other plugins read. A column may be added here; one that changes or goes breaks them.
@Suite("Contract views of killmails")
struct ContractViewTests {
    static let views: [String: [String]] = [
        "attacker": [
            "killmail_id bigint", "position integer", "occurred_at timestamp with time zone", "character_id bigint",
            "corporation_id bigint", "alliance_id bigint", "faction_id bigint", "ship_type_id bigint", "weapon_type_id bigint",
            "damage_done bigint", "final_blow boolean",
        ],
        "enrichment": ["killmail_id bigint", "status text"],
        "entity_name": ["id bigint", "category text", "name text"],
        "item_type": ["type_id bigint", "name text", "group_id bigint", "group_name text", "category_id bigint"],
        "killmail": [
            "killmail_id bigint", "occurred_at timestamp with time zone", "system_id bigint", "victim_character_id bigint",
            "victim_corporation_id bigint", "victim_alliance_id bigint", "victim_faction_id bigint",
            "victim_ship_type_id bigint", "damage_taken bigint", "total_value numeric(20,2)", "attacker_count integer",
            "security_type text", "attackers bytea",
        ],
        "recent_killmail": [
            "killmail_id bigint", "occurred_at timestamp with time zone", "system_id bigint", "security_type text",
        ],
        "solar_system": [
            "system_id bigint", "name text", "constellation_id bigint", "region_id bigint", "region_name text",
            "security_status double precision",
        ],
        "static_data": ["version bigint"],
    ]

    @Test("have exactly these columns and types")
    func columns() async throws {
        try await KillmailsBench.run { bench in
            let rows = try await bench.kernel.database.query(
                Statement(
                    "test.columns",
                    """
                    SELECT c.relname::text, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                    WHERE c.relnamespace = 'contract'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
                    ORDER BY c.relname, a.attnum
                    """))
            var found: [String: [String]] = [:]
            for row in rows { found[try row.decode(0), default: []].append(try row.decode(1)) }
            #expect(found == Self.views)
        }
    }
}
