import Foundation
import KernelAPI
import Logging

/// Asks again, within the hour, where characters belong; who does not pass the organisation gate any more loses the sessions.
/// While ESI does not answer, everything stays as it is.
struct AffiliationCheck: Sendable {
    let database: any Database
    let clock: any WallClock
    let directory: any CharacterDirectory
    let changes: AccountChanges
    let audit: any AuditTrail
    let sessions: Sessions
    let logger: Logger

    /// A character is due after so many seconds: with the minutes that a round takes, that is within the hour.
    static let interval = 3_000.0
    /// When one is due, those that soon will be are asked for with it: few large calls instead of many small ones.
    static let company = 1_500.0
    /// ESI's bulk call takes as many.
    static let most = 1_000
    /// Nobody else asks for a claimed character; after that its pod is taken for dead.
    static let claimSeconds = 300.0

    /// - Returns: whether there may be more to do at once.
    func step() async throws -> Bool {
        let now = clock.now
        let claimed = try await database.query(
            Self.claim, now.addingTimeInterval(-Self.interval), now.addingTimeInterval(-Self.company), now,
            now.addingTimeInterval(Self.claimSeconds), Self.most
        ).map { try $0.decode(0, as: Int64.self) }
        guard !claimed.isEmpty else { return false }
        let report = try await directory.affiliations(of: claimed)
        let missing = claimed.filter { report.known[$0] == nil && !report.unknown.contains($0) }
        if !missing.isEmpty {
            // Claims run out by themselves: that is the pause before they are asked for again.
            logger.warning("ESI did not tell where characters belong", metadata: ["characters": "\(missing.count)"])
        }
        try await apply(report)
        try await nameOrganisations()
        return missing.isEmpty && claimed.count == Self.most
    }

    private func apply(_ report: AffiliationReport) async throws {
        let answered = report.known.keys.sorted()
        guard !answered.isEmpty || !report.unknown.isEmpty else { return }
        let denied = try await changes.make("kernel.apply_affiliations") { transaction in
            let corporations = answered.map { report.known[$0]?.corporationID ?? 0 }
            // 0 for none: arrays of optional numbers are not bound.
            let alliances = answered.map { report.known[$0]?.allianceID ?? 0 }
            let changed = try await transaction.query(Self.update, answered, corporations, alliances, clock.now)
                .map { try $0.decode(0, as: UUID.self) }
            // What ESI does not know (any more) stays as it was.
            try await transaction.query(Self.note, report.unknown.sorted(), clock.now)
            let denied = try await endDenied(among: changed, in: transaction)
            return Changed(denied, accounts: changed)
        }
        if !denied.isEmpty { logger.notice("accounts left the organisation gate", metadata: ["accounts": "\(denied.count)"]) }
    }

    private func endDenied(among accounts: [AccountID], in transaction: any Transaction) async throws -> Set<AccountID> {
        guard !accounts.isEmpty else { return [] }
        let gate = try await OrganisationGate.read(in: transaction)
        let denied = try await transaction.query(Self.selectPrimaries, accounts).compactMap { row in
            var columns = row.columns
            let account: AccountID = try columns.next()
            let verdict = gate.verdict(corporationID: try columns.next(), allianceID: try columns.next())
            return verdict.isAllowed ? nil : account
        }
        let ended = try await sessions.endAll(of: denied, in: transaction)
        let document = AuditEntry.document { $0.field("reason", "organisation_denied") }
        for account in ended.sorted(by: { $0.uuidString < $1.uuidString }) {
            try await audit.record(AuditEntry(.sessionInvalidated, account: account, by: .system, to: document), in: transaction)
        }
        return ended
    }

    /// Corporations and alliances that nobody has named yet.
    private func nameOrganisations() async throws {
        let nameless = try await database.query(Self.selectNameless, Self.most).map { try $0.decode(0, as: Int64.self) }
        guard !nameless.isEmpty else { return }
        try await Organisations.keep(try await directory.names(of: nameless), in: database)
    }

    private static let claim = Statement(
        "kernel.claim_affiliations",
        """
        UPDATE kernel.character SET affiliation_claimed_until = $4 WHERE id IN (
            SELECT id FROM kernel.character
            WHERE (affiliation_checked_at IS NULL OR affiliation_checked_at <= $2)
              AND (affiliation_claimed_until IS NULL OR affiliation_claimed_until <= $3)
              AND EXISTS (
                SELECT FROM kernel.character WHERE (affiliation_checked_at IS NULL OR affiliation_checked_at <= $1)
                  AND (affiliation_claimed_until IS NULL OR affiliation_claimed_until <= $3))
            ORDER BY affiliation_checked_at NULLS FIRST LIMIT $5 FOR UPDATE SKIP LOCKED)
        RETURNING eve_character_id
        """)
    private static let update = Statement(
        "kernel.update_affiliations",
        """
        WITH told AS (
            SELECT character, corporation, nullif(alliance, 0) AS alliance
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS t (character, corporation, alliance)
        ), written AS (
            UPDATE kernel.character c
            SET corporation_id = t.corporation, alliance_id = t.alliance, affiliation_checked_at = $4,
                affiliation_claimed_until = NULL
            FROM told t, kernel.character old
            WHERE c.eve_character_id = t.character AND old.id = c.id
            RETURNING c.account,
                (old.corporation_id, old.alliance_id) IS DISTINCT FROM (c.corporation_id, c.alliance_id) AS is_new
        )
        SELECT DISTINCT account FROM written WHERE is_new
        """)
    private static let note = Statement(
        "kernel.note_affiliations",
        """
        UPDATE kernel.character SET affiliation_checked_at = $2, affiliation_claimed_until = NULL
        WHERE eve_character_id = ANY ($1)
        """)
    private static let selectPrimaries = Statement(
        "kernel.select_primary_characters",
        """
        SELECT a.id, c.corporation_id, c.alliance_id FROM kernel.account a
        JOIN kernel.character c ON c.id = a.primary_character WHERE a.id = ANY ($1)
        """)
    private static let selectNameless = Statement(
        "kernel.select_nameless_organisations",
        """
        SELECT id FROM (
            SELECT corporation_id AS id FROM kernel.character WHERE corporation_id IS NOT NULL
            UNION SELECT alliance_id FROM kernel.character WHERE alliance_id IS NOT NULL) used
        WHERE NOT EXISTS (SELECT FROM kernel.organisation o WHERE o.id = used.id) ORDER BY id LIMIT $1
        """)
}
