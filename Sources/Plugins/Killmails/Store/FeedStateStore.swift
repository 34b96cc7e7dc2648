import EVE
import Foundation
import KernelAPI

/// Where each feed has been read to, in the database.
struct FeedStateStore: Sendable {
    let feed: String

    func load(_ database: any Database) async throws -> FeedState {
        let results = try await database.pipeline([
            BoundStatement(Self.select, feed), BoundStatement(Self.selectGaps, feed),
        ])
        guard var columns = results[0].first?.columns else { return FeedState() }
        let gaps = try results[1].map { row in
            var columns = row.columns
            return FeedGap(
                sequence: try columns.next(), noticedAt: try columns.next(), attempts: try columns.next(),
                nextAttemptAt: try columns.next())
        }
        return FeedState(cursor: try columns.next(), cursorTime: try columns.next(), gaps: gaps)
    }

    /// Replaces `old` by `new`.
    ///
    /// - Throws: ``FeedMovedElsewhere`` when the stored cursor is not `old`'s: another pod reads the same feed.
    func save(_ new: FeedState, replacing old: FeedState, now: Date, in transaction: any Transaction) async throws {
        _ = try await transaction.query(Self.create, feed, now)
        let stored: Int64? = try await transaction.query(Self.lock, feed).scalar()
        guard stored == old.cursor else { throw FeedMovedElsewhere(feed: feed) }
        var batch = [BoundStatement(Self.update, feed, new.cursor, new.cursorTime, now)]
        if new.gaps != old.gaps {
            let (gone, changed) = Self.difference(old.gaps, new.gaps)
            batch.append(BoundStatement(Self.deleteGaps, feed, gone))
            batch.append(
                BoundStatement(
                    Self.upsertGaps, feed, changed.map(\.sequence), changed.map(\.noticedAt), changed.map { Int32($0.attempts) },
                    changed.map(\.nextAttemptAt)))
        }
        _ = try await transaction.pipeline(batch)
    }

    func record(_ abandoned: [FeedAbandonment], now: Date, in transaction: any Transaction) async throws {
        guard !abandoned.isEmpty else { return }
        _ = try await transaction.query(
            Self.insertAbandoned, feed, abandoned.map(\.sequences.lowerBound), abandoned.map(\.sequences.upperBound),
            abandoned.map(\.reason.rawValue), now)
    }

    private static func difference(_ old: [FeedGap], _ new: [FeedGap]) -> (gone: [Int64], changed: [FeedGap]) {
        let before = Dictionary(old.map { ($0.sequence, $0) }) { first, _ in first }
        let kept = Set(new.map(\.sequence))
        return (old.map(\.sequence).filter { !kept.contains($0) }, new.filter { before[$0.sequence] != $0 })
    }

    private static let select = Statement(
        "killmails.select_feed_state", "SELECT cursor, cursor_time FROM killmails.feed_state WHERE feed = $1")
    private static let selectGaps = Statement(
        "killmails.select_feed_gaps",
        """
        SELECT sequence, noticed_at, attempts, next_attempt_at FROM killmails.feed_gap WHERE feed = $1 ORDER BY sequence
        """)
    private static let create = Statement(
        "killmails.create_feed_state",
        "INSERT INTO killmails.feed_state (feed, updated_at) VALUES ($1, $2) ON CONFLICT (feed) DO NOTHING")
    private static let lock = Statement(
        "killmails.lock_feed_state", "SELECT cursor FROM killmails.feed_state WHERE feed = $1 FOR UPDATE")
    private static let update = Statement(
        "killmails.update_feed_state",
        "UPDATE killmails.feed_state SET cursor = $2, cursor_time = $3, updated_at = $4 WHERE feed = $1")
    private static let deleteGaps = Statement(
        "killmails.delete_feed_gaps", "DELETE FROM killmails.feed_gap WHERE feed = $1 AND sequence = ANY ($2)")
    private static let upsertGaps = Statement(
        "killmails.upsert_feed_gaps",
        """
        INSERT INTO killmails.feed_gap (feed, sequence, noticed_at, attempts, next_attempt_at)
        SELECT $1, * FROM unnest($2::bigint[], $3::timestamptz[], $4::integer[], $5::timestamptz[])
        ON CONFLICT (feed, sequence) DO UPDATE
        SET attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at
        """)
    private static let insertAbandoned = Statement(
        "killmails.insert_abandoned",
        """
        INSERT INTO killmails.feed_abandonment (feed, first_sequence, last_sequence, reason, abandoned_at)
        SELECT $1, first, last, reason, $5 FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS gone (first, last, reason)
        ON CONFLICT (feed, first_sequence) DO NOTHING
        """)
}

/// Another pod reads the same feed and was faster; what was read is dropped, and reading goes on from the stored state.
struct FeedMovedElsewhere: Error, CustomStringConvertible {
    let feed: String
    var description: String { "the feed \(feed) is read by another program too" }
}
