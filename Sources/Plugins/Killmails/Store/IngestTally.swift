import EVE
import Foundation
import KernelAPI

/// Counts what became of what came, for ``IngestStats``: in steps, so that a week of it is a few thousand rows.
struct IngestTally: Sendable {
    static let step: TimeInterval = 600
    static let keptFor: TimeInterval = 7 * 86_400
    /// Enrichment completes what a feed has brought, so it is no source of its own.
    static let enrichment = "enrichment"

    enum Result: String, CaseIterable {
        case stored, duplicate, reference, rejected
    }

    let stored: Int
    /// Those that were not known before.
    let references: Int
    let duplicates: Int
    let rejects: [StoreBatch.Reject]

    /// Comes last in a transaction: others who count for the same source wait from here until it has committed.
    func add(to source: String, now: Date, in transaction: any Transaction) async throws {
        var rows: [(result: Result, reason: String, count: Int)] = [
            (.stored, "", stored), (.reference, "", references), (.duplicate, "", duplicates),
        ]
        for (code, rejects) in Dictionary(grouping: rejects, by: \.code) { rows.append((.rejected, code, rejects.count)) }
        // In one order, so that two who count do not wait for each other.
        rows = rows.filter { $0.count > 0 }.sorted { ($0.result.rawValue, $0.reason) < ($1.result.rawValue, $1.reason) }
        guard !rows.isEmpty else { return }
        let step = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / Self.step).rounded(.down) * Self.step)
        _ = try await transaction.pipeline([
            BoundStatement(
                Self.add, step, source, rows.map(\.result.rawValue), rows.map(\.reason), rows.map { Int64($0.count) }),
            BoundStatement(Self.forget, now.addingTimeInterval(-Self.keptFor)),
        ])
    }

    private static let add = Statement(
        "killmails.add_tally",
        """
        INSERT INTO killmails.tally AS t (step, source, result, reason, count)
        SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bigint[])
        ON CONFLICT (step, source, result, reason) DO UPDATE SET count = t.count + excluded.count
        """)
    private static let forget = Statement("killmails.forget_tally", "DELETE FROM killmails.tally WHERE step < $1")
}
