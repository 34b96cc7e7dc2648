import Foundation
import KernelAPI

/// How the clusterer does: `GET /admin/stats/clusterer`.
struct ClustererStats: JSONRepresentable {
    let battlesCreated: Int
    let killmails: Int
    let unprocessed: Int
    let averageLagSeconds: Int?
    let lastProcessedAt: Date?

    static let json = JSONForm<ClustererStats>("ClustererStats") { form in
        form.integer("battlesCreated24h", "Those that still are battles") { $0.battlesCreated }
        form.integer("killmailsProcessed24h", "Clustered, or left out for the reasons of the ruleset") { $0.killmails }
        form.integer("unprocessedKillmails", "Stored, and not looked at by the clusterer yet") { $0.unprocessed }
        form.integer("averageLagSeconds", "From a kill to its clustering, over a day; null when none of that day was clustered") {
            $0.averageLagSeconds
        }
        form.time("lastProcessedAt", "Within a week") { $0.lastProcessedAt }
    }

    static func load(now: Date, queue: any Queue, in database: any Database) async throws -> ClustererStats {
        let row = try await database.query(select, now.addingTimeInterval(-86_400)).first
        guard var columns = row?.columns else { throw DatabaseError(.decoding, "no row of statistics", statement: select.name) }
        let (battles, killmails): (Int, Int) = (try columns.next(), try columns.next())
        let (fresh, lag): (Int, Int) = (try columns.next(), try columns.next())
        return ClustererStats(
            battlesCreated: battles, killmails: killmails, unprocessed: try await queue.count(in: database),
            averageLagSeconds: fresh == 0 ? nil : lag / fresh, lastProcessedAt: try columns.next())
    }

    private static let select = Statement(
        "battle_reports.select_clusterer_stats",
        """
        SELECT (SELECT count(*) FROM battle_reports.battle WHERE created_at > $1 AND total_kills > 0),
            coalesce(sum(killmails) FILTER (WHERE step > $1), 0)::bigint,
            coalesce(sum(fresh) FILTER (WHERE step > $1), 0)::bigint,
            coalesce(sum(lag_seconds) FILTER (WHERE step > $1), 0)::bigint, max(last_at)
        FROM battle_reports.tally
        """)
}
