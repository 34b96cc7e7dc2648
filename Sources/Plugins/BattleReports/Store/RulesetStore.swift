import EVE
import Foundation
import KernelAPI

/// The active ruleset in `battle_reports.rulesets`.
struct RulesetStore: Sendable {
    /// What counts where the ruleset leaves the number of pilots open.
    let minPilots: Int

    func active(in session: any SQLSession) async throws -> Ruleset {
        guard let row = try await session.query(Self.select).first else { return Ruleset(minPilots: minPilots) }
        var columns = row.columns
        return Ruleset(
            minPilots: try columns.next(Int?.self) ?? minPilots,
            trackedAlliances: Set(try columns.next([Int64].self).map { AllianceID($0) }),
            trackedCorporations: Set(try columns.next([Int64].self).map { CorporationID($0) }),
            trackedSystems: Set(try columns.next([Int64].self).map { SolarSystemID($0) }),
            trackedSecurityTypes: Set(try columns.next([String].self).compactMap { SecurityType(rawValue: $0) }),
            ignoreUnlisted: try columns.next())
    }

    /// Remembers why killmails do not take part, so that statistics and gap checks are true.
    func remember(_ rejections: [(KillmailID, Ruleset.Rejection)], now: Date, in session: any SQLSession) async throws {
        guard !rejections.isEmpty else { return }
        _ = try await session.query(Self.insertRejected, rejections.map(\.0.rawValue), rejections.map(\.1.rawValue), now)
    }

    private static let select = Statement(
        "battle_reports.select_ruleset",
        """
        SELECT min_pilots, tracked_alliance_ids, tracked_corp_ids, tracked_system_ids, tracked_security_types, ignore_unlisted
        FROM battle_reports.rulesets WHERE active
        """)
    private static let insertRejected = Statement(
        "battle_reports.insert_rejected",
        """
        INSERT INTO battle_reports.rejected_killmail (killmail_id, reason, rejected_at)
        SELECT *, $3 FROM unnest($1::bigint[], $2::text[]) ON CONFLICT (killmail_id) DO NOTHING
        """)
}
