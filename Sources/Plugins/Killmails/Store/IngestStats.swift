import EVE
import Foundation
import KernelAPI

/// How ingest does: `GET /admin/stats/ingest`.
struct IngestStats: JSONRepresentable {
    var accepted = 0
    var duplicates = 0
    var rejections: [Rejection] = []
    let unprocessed: Int
    let failed: Int
    let feeds: [Feed]

    var rejected: Int { rejections.reduce(0) { $0 + $1.count } }

    struct Rejection: JSONRepresentable {
        let reason: String
        let count: Int

        static let json = JSONForm<Rejection>("IngestRejection") { form in
            form.text("reason") { $0.reason }
            form.integer("count") { $0.count }
        }
    }

    /// How far a feed was read.
    struct Feed: JSONRepresentable {
        let name: String
        let cursor: Int64?
        let cursorTime: Date?
        let updatedAt: Date
        let gaps: Int
        let abandoned: Int
        let lagSeconds: Int?

        static let json = JSONForm<Feed>("IngestFeed") { form in
            form.text("feed") { $0.name }
            form.id("cursor", "The last number that was dealt with") { $0.cursor }
            form.time("cursorTime", "When that was published, or read where nobody says") { $0.cursorTime }
            form.integer("lagSeconds", "From then until now") { $0.lagSeconds }
            form.integer("openGaps", "Numbers that were missing and may still come") { $0.gaps }
            form.integer("abandoned24h", "Numbers that were given up") { $0.abandoned }
            form.time("updatedAt") { $0.updatedAt }
        }
    }

    static let json = JSONForm<IngestStats>("IngestStats") { form in
        form.integer("received24h", "Killmails and references, each as often as it came") {
            $0.accepted + $0.duplicates + $0.rejected
        }
        form.integer("accepted24h", "New ones") { $0.accepted }
        form.integer("duplicates24h", "Known before") { $0.duplicates }
        form.integer("rejected24h") { $0.rejected }
        form.array("rejections24h", "By reason, the most frequent first") { $0.rejections }
        form.number("acceptanceRate", "Accepted of accepted and rejected, 0 to 1; null when nothing came") { stats in
            stats.accepted + stats.rejected == 0 ? nil : Double(stats.accepted) / Double(stats.accepted + stats.rejected)
        }
        form.integer("unprocessedCount", "References that wait for their killmail") { $0.unprocessed }
        form.integer("failedCount", "References that were given up: /admin/killmails/failed") { $0.failed }
        form.array("feeds") { $0.feeds }
    }

    static func load(now: Date, in database: any Database) async throws -> IngestStats {
        let since = now.addingTimeInterval(-86_400)
        let results = try await database.pipeline([
            BoundStatement(selectTally, since, IngestTally.enrichment), BoundStatement(selectWaiting),
            BoundStatement(selectFeeds, since),
        ])
        let waiting = Dictionary(
            try results[1].map { (try $0.decode(0, as: String.self), try $0.decode(1, as: Int.self)) }, uniquingKeysWith: +)
        var stats = IngestStats(
            unprocessed: waiting["pending", default: 0] + waiting["processing", default: 0],
            failed: waiting["failed", default: 0],
            feeds: try results[2].map { try Feed($0, now: now) })
        for row in results[0] { try stats.count(row) }
        return stats
    }

    private mutating func count(_ row: Row) throws {
        var columns = row.columns
        let (result, reason): (String, String) = (try columns.next(), try columns.next())
        let count: Int = try columns.next()
        switch IngestTally.Result(rawValue: result) {
        case .stored, .reference: accepted += count
        case .duplicate: duplicates += count
        case .rejected, nil: rejections.append(Rejection(reason: reason, count: count))
        }
    }

    private static let selectTally = Statement(
        "killmails.select_tally",
        """
        SELECT result, reason, sum(count)::bigint FROM killmails.tally WHERE step > $1 AND source <> $2
        GROUP BY result, reason ORDER BY sum(count) DESC, reason COLLATE "C"
        """)
    private static let selectWaiting = Statement(
        "killmails.count_enrichment", "SELECT status::text, count(*) FROM killmails.enrichment GROUP BY status")
    private static let selectFeeds = Statement(
        "killmails.select_feeds",
        """
        SELECT f.feed, f.cursor, f.cursor_time, f.updated_at,
            (SELECT count(*) FROM killmails.feed_gap g WHERE g.feed = f.feed),
            (SELECT coalesce(sum(a.last_sequence - a.first_sequence + 1), 0)::bigint FROM killmails.feed_abandonment a
             WHERE a.feed = f.feed AND a.abandoned_at > $1)
        FROM killmails.feed_state f ORDER BY f.feed COLLATE "C"
        """)
}

extension IngestStats.Feed {
    fileprivate init(_ row: Row, now: Date) throws {
        var columns = row.columns
        name = try columns.next()
        cursor = try columns.next()
        let time: Date? = try columns.next()
        cursorTime = time
        updatedAt = try columns.next()
        gaps = try columns.next()
        abandoned = try columns.next()
        lagSeconds = time.map { max(0, Int(now.timeIntervalSince($0))) }
    }
}
