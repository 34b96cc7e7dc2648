import Foundation
import KernelAPI

/// Counts what the clusterer does, for ``ClustererStats``.
enum ClustererTally {
    static let step: TimeInterval = 600
    static let keptFor: TimeInterval = 7 * 86_400
    static let fresh: TimeInterval = 86_400

    /// Comes last in a transaction: other clusterers wait from here until it has committed.
    ///
    /// - Parameter times: when the killmails happened that were clustered or left out now.
    static func add(_ times: [Date], now: Date, in transaction: any Transaction) async throws {
        guard !times.isEmpty else { return }
        let ages = times.map { max(0, now.timeIntervalSince($0)) }.filter { $0 < fresh }
        let step = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / step).rounded(.down) * step)
        _ = try await transaction.pipeline([
            BoundStatement(Self.add, step, times.count, ages.count, Int64(ages.reduce(0, +)), now),
            BoundStatement(Self.forget, now.addingTimeInterval(-keptFor)),
        ])
    }

    private static let add = Statement(
        "battle_reports.add_tally",
        """
        INSERT INTO battle_reports.tally AS t (step, killmails, fresh, lag_seconds, last_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (step) DO UPDATE SET
            killmails = t.killmails + excluded.killmails, fresh = t.fresh + excluded.fresh,
            lag_seconds = t.lag_seconds + excluded.lag_seconds, last_at = greatest(t.last_at, excluded.last_at)
        """)
    private static let forget = Statement("battle_reports.forget_tally", "DELETE FROM battle_reports.tally WHERE step < $1")
}
