import Foundation
import KernelAPI

/// Gives battles the kind of space that static data brought after they were made, system by system.
struct SecurityFill: Sendable {
    /// Grows with every import; 0 before the first.
    func version(in session: any SQLSession) async throws -> Int64 {
        try await session.query(Self.selectVersion).scalar()
    }

    /// The next solar system in which a battle lacks its kind of space.
    func nextSystem(after system: Int64, in session: any SQLSession) async throws -> Int64? {
        try await session.query(Self.selectNext, system).scalar()
    }

    /// - Returns: how many battles were filled. Some stay without: what Pochven was before it was taken is in no data.
    func fill(_ system: Int64, now: Date, in session: any SQLSession) async throws -> Int {
        try await session.query(Self.fill, system, now).affectedRows
    }

    private static let selectVersion = Statement(
        "battle_reports.select_static_data_version", "SELECT version FROM contract.static_data")
    private static let selectNext = Statement(
        "battle_reports.select_next_without_security",
        "SELECT min(system_id) FROM battle_reports.battle WHERE security_type IS NULL AND system_id > $1")
    private static let fill = Statement(
        "battle_reports.fill_security",
        """
        UPDATE battle_reports.battle b
        SET security_type = found.security_type, updated_at = $2,
            space_type = CASE found.security_type WHEN 'wormhole' THEN 'jspace' WHEN 'pochven' THEN 'pochven'
                         ELSE b.space_type::text END::battle_reports.space_type
        FROM (SELECT w.id, k.security_type
              FROM battle_reports.battle w
              CROSS JOIN LATERAL (SELECT killmail_id FROM battle_reports.battle_killmails
                                  WHERE battle_id = w.id ORDER BY "timestamp", killmail_id LIMIT 1) m
              JOIN contract.killmail k USING (killmail_id)
              WHERE w.system_id = $1 AND w.security_type IS NULL AND k.security_type IS NOT NULL) found
        WHERE b.id = found.id
        """)
}
