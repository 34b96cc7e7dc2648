import EVE
import Foundation
import KernelTesting
import Testing

@testable import BattleReports
@testable import KernelAPI

/// What PostgreSQL does for the queries of lists, with enough rows that it matters, prepared as the driver prepares them.
@Suite("Query plans")
struct QueryPlanTests {
    /// The plan of a statement run with these values (SQL literals), for a plan made for them and for any values.
    private static func plans(_ statement: Statement, _ values: [String], in bench: BattlesBench) async throws -> [String] {
        let name = String(bench.kernel.databaseURL.dropFirst("postgres:///".count).prefix { $0 != "?" })
        var plans: [String] = []
        for mode in ["force_custom_plan", "force_generic_plan"] {
            plans.append(
                try await PostgresFixture.shared.psql(
                    """
                    SET plan_cache_mode = \(mode); PREPARE plan AS \(statement.text);
                    EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE plan(\(values.joined(separator: ", ")))
                    """, database: name))
        }
        return plans
    }

    @Test("lists of battles are read from an index, whatever the filter")
    func battleLists() async throws {
        try await BattlesBench.run { bench in
            try await BattleRouteTests.insertBattles(20_000, in: bench)
            try await bench.kernel.execute("ANALYZE battle_reports.battle")
            let time = "'2026-01-03T00:00:00Z'"
            let lists: [(query: String, values: [String], cursor: Bool)] = [
                ("", ["21", "'{}'", "NULL", "NULL", "NULL", "NULL", "NULL"], false),
                ("space_type=pochven", ["21", "'{pochven}'", "NULL", "NULL", "NULL", "NULL", "NULL"], false),
                ("system_id=30000007", ["21", "'{}'", "30000007", "NULL", "NULL", "NULL", "NULL"], false),
                ("start_time_after=2026-01-03T00:00:00Z", ["21", "'{}'", "NULL", time, "NULL", "NULL", "NULL"], false),
                ("start_time_before=2026-01-03T00:00:00Z", ["21", "'{}'", "NULL", "NULL", time, "NULL", "NULL"], false),
                ("", ["21", "'{}'", "NULL", "NULL", "NULL", time, "'0f8fad5b-d9cb-469f-a165-70867728950e'"], true),
            ]
            for list in lists {
                let input = try Self.input(list.query)
                let position = list.cursor ? BattlePosition(startTime: Date(), id: UUID()) : nil
                for plan in try await Self.plans(input.query(after: position).statement, list.values, in: bench) {
                    #expect(plan.contains(/Index (Only )?Scan[a-z A-Z]* using battle_by_/), "\(list.query)\n\(plan)")
                    #expect(!plan.contains("Seq Scan on battle"), "\(list.query)\n\(plan)")
                }
            }
        }
    }

    @Test("reading killmails by id touches the one month of each, of thirty-six")
    func partitionPruning() async throws {
        try await BattlesBench.run { bench in
            try await bench.kernel.execute(
                """
                SELECT killmails.ensure_month(m) FROM generate_series('2023-01-15Z'::timestamptz, '2025-12-15Z', '1 month') AS m;
                SET session_replication_role = replica; -- no checks of foreign keys: they would take most of the time
                INSERT INTO killmails.killmail (killmail_id, occurred_at)
                SELECT n, '2023-01-01Z'::timestamptz + n * interval '15 minutes' FROM generate_series(1, 105000) AS n;
                INSERT INTO killmails.detail (killmail_id, occurred_at, system_id, damage_taken, attacker_count, attackers)
                SELECT killmail_id, occurred_at, 30000142, 0, 0, '\\x0100' FROM killmails.killmail;
                SET session_replication_role = origin;
                ANALYZE killmails.killmail; ANALYZE killmails.detail;
                """)
            // In May 2023 and in October 2025.
            for plan in try await Self.plans(StoredKillReader.selectKillmails, ["'{12480,97248}'"], in: bench) {
                let scans = plan.split(separator: "\n").filter { $0.contains(/Scan.* on detail_20/) }
                let touched = scans.filter { !$0.contains("never executed") }
                let months = Set(touched.compactMap { $0.firstMatch(of: /_(20\d\d_\d\d)/).map { String($0.1) } })
                #expect(months == ["2023_05", "2025_10"], "\(plan)")
            }
        }
    }

    /// The route's input as a request would give it.
    private static func input(_ query: String) throws -> BattleListInput {
        let pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { String($0) }
            return (name: parts[0], value: parts[1])
        }
        return BattleListInput(query: pairs)
    }
}

extension BattleListInput {
    /// From the pairs of a query that is known to be right.
    fileprivate init(query: [(name: String, value: String)]) {
        var reader = ParameterReader(path: [:], query: query)
        self.init(&reader)
    }
}
