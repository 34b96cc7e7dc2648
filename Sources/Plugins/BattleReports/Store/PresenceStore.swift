import EVE
import Foundation
import KernelAPI

/// The rows of `battle_reports.presence` of one system.
struct PresenceStore: Sendable {
    let system: SolarSystemID

    /// The presences that touch the windows.
    func load(
        _ windows: [BoundedClustering<UUID>.KeyWindow], bounds: LinkBounds, in session: any SQLSession
    ) async throws -> [Presence<UUID>] {
        guard !windows.isEmpty else { return [] }
        // Presences of a key lie more than its bridge apart, so that many can touch a window and no more. With this limit
        // the newest before the window's end are read backwards, and the length of the history does not matter.
        let most = windows.map { ($0.to - $0.from) / max(1, bounds.bridge(of: $0.key.kind)) + 2 }
        let rows = try await session.query(
            Self.select, system.rawValue, windows.map(\.key.kind.rawValue), windows.map(\.key.id),
            windows.map { Date(second: $0.from) }, windows.map { Date(second: $0.to) }, most)
        return try rows.compactMap { row in
            var columns = row.columns
            guard let kind = LinkKey.Kind(rawValue: try columns.next()) else { return nil }
            return Presence(
                key: LinkKey(kind: kind, id: try columns.next()), first: try columns.next(Date.self).second,
                last: try columns.next(Date.self).second, battle: try columns.next())
        }
    }

    /// Writes what clustering found, after the battles were written.
    ///
    /// - Parameter battles: the battle that each joining kill went to.
    func write(
        _ outcomes: [BoundedClustering<UUID>.Outcome], battles: [KillmailID: UUID], in session: any SQLSession
    ) async throws {
        let replaced = outcomes.flatMap(\.replaced)
        var added: [(span: PresenceSpan, battle: UUID)] = []
        for outcome in outcomes {
            guard let battle = outcome.change.joined.first.flatMap({ battles[$0] }) ?? outcome.change.battle else { continue }
            added += outcome.added.map { ($0, battle) }
        }
        _ = try await session.pipeline([
            BoundStatement(
                Self.delete, system.rawValue, replaced.map(\.key.kind.rawValue), replaced.map(\.key.id),
                replaced.map { Date(second: $0.first) }),
            BoundStatement(
                Self.insert, system.rawValue, added.map(\.span.key.kind.rawValue), added.map(\.span.key.id),
                added.map { Date(second: $0.span.first) }, added.map { Date(second: $0.span.last) }, added.map(\.battle)),
        ])
    }

    private static let select = Statement(
        "battle_reports.select_presences",
        """
        SELECT p.kind, p.key, p.first_time, p.last_time, p.battle_id
        FROM unnest($2::smallint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::bigint[])
             AS wanted (kind, key, earliest, latest, most)
        CROSS JOIN LATERAL (
            SELECT * FROM battle_reports.presence
            WHERE system_id = $1 AND kind = wanted.kind AND key = wanted.key AND first_time <= wanted.latest
            ORDER BY first_time DESC LIMIT wanted.most) p
        WHERE p.last_time >= wanted.earliest
        """)
    private static let delete = Statement(
        "battle_reports.delete_presences",
        """
        DELETE FROM battle_reports.presence p
        USING unnest($2::smallint[], $3::bigint[], $4::timestamptz[]) AS gone (kind, key, first_time)
        WHERE p.system_id = $1 AND p.kind = gone.kind AND p.key = gone.key AND p.first_time = gone.first_time
        """)
    private static let insert = Statement(
        "battle_reports.insert_presences",
        """
        INSERT INTO battle_reports.presence (system_id, kind, key, first_time, last_time, battle_id)
        SELECT $1, * FROM unnest($2::smallint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::uuid[])
        """)
}
