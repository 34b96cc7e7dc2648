import Foundation
import KernelAPI

/// Accounts with all that admins and their owners see of them.
struct AccountReader: Sendable {
    let clock: any WallClock

    func accounts(
        _ filter: AccountFilter, after position: AccountPosition?, limit: Int, in session: any SQLSession
    ) async throws -> [AccountRecord] {
        let rows = try await session.query(
            Self.list, filter.query.map(Self.pattern), filter.status?.rawValue, filter.feature?.rawValue,
            filter.role.map(\.rank), position?.createdAt, position?.id, clock.now, limit)
        return try await records(rows, in: session)
    }

    /// - Returns: `nil` when there is no such account.
    func account(_ id: AccountID, in session: any SQLSession) async throws -> AccountRecord? {
        try await records(try await session.query(Self.one, id, clock.now), in: session).first
    }

    private func records(_ rows: Rows, in session: any SQLSession) async throws -> [AccountRecord] {
        let heads = try rows.map { try Head($0) }
        let ids = heads.map(\.id)
        guard !ids.isEmpty else { return [] }
        let parts = try await session.pipeline([BoundStatement(Self.roles, ids), BoundStatement(CharacterDetails.selectAll, ids)])
        var roles: [AccountID: [FeatureKey: Role]] = [:]
        for row in parts[0] {
            var columns = row.columns
            let (account, feature): (UUID, String) = (try columns.next(), try columns.next())
            roles[account, default: [:]][FeatureKey(rawValue: feature)] = Role(rawValue: try columns.next())
        }
        let characters = Dictionary(grouping: try parts[1].map { try CharacterDetails($0) }, by: \.account)
        return heads.map { $0.record(roles[$0.id] ?? [:], (characters[$0.id] ?? []).map(\.record)) }
    }

    /// An account's own columns.
    private struct Head {
        let id: AccountID
        let displayName: String
        let isSuperAdmin: Bool
        let blockedAt: Date?
        let blockedReason: String?
        let createdAt: Date
        let lastLoginAt: Date?
        let activeSessions: Int

        init(_ row: Row) throws {
            var columns = row.columns
            id = try columns.next()
            displayName = try columns.next()
            isSuperAdmin = try columns.next()
            blockedAt = try columns.next()
            blockedReason = try columns.next()
            createdAt = try columns.next()
            lastLoginAt = try columns.next()
            activeSessions = try columns.next()
        }

        func record(_ roles: [FeatureKey: Role], _ characters: [CharacterRecord]) -> AccountRecord {
            AccountRecord(
                id: id, displayName: displayName, isSuperAdmin: isSuperAdmin, isBlocked: blockedAt != nil,
                blockedReason: blockedReason, roles: roles, characters: characters, createdAt: createdAt,
                lastLoginAt: lastLoginAt,
                activeSessions: activeSessions)
        }
    }

    /// Text as part of a name; its own wildcards mean themselves.
    private static func pattern(_ text: String) -> String {
        "%\(text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_"))%"
    }

    private static let columns: StaticString = """
        SELECT a.id, a.display_name, a.is_superadmin, a.blocked_at, a.blocked_reason, a.created_at, a.last_login_at,
        """
    private static let one = Statement(
        "kernel.select_account",
        fragments: [
            columns,
            """
            (SELECT count(*) FROM kernel.session s
             WHERE s.account = a.id AND s.ended_at IS NULL AND s.expires_at > $2 AND s.replaced_by IS NULL)
            FROM kernel.account a WHERE a.id = $1
            """,
        ])
    private static let list = Statement(
        "kernel.list_accounts",
        fragments: [
            columns,
            """
            (SELECT count(*) FROM kernel.session s
             WHERE s.account = a.id AND s.ended_at IS NULL AND s.expires_at > $7 AND s.replaced_by IS NULL)
            FROM kernel.account a
            WHERE ($1::text IS NULL OR a.display_name ILIKE $1
                   OR EXISTS (SELECT FROM kernel.character c WHERE c.account = a.id AND c.name ILIKE $1))
              AND ($2::text IS NULL OR ($2 = 'blocked') = (a.blocked_at IS NOT NULL))
              AND ($3::text IS NULL OR EXISTS (
                   SELECT FROM kernel.feature_role r
                   WHERE r.account = a.id AND r.feature = $3 AND r.rank >= coalesce($4::bigint, 0)))
              AND ($5::timestamptz IS NULL OR (a.created_at, a.id) < ($5, $6::uuid))
            ORDER BY a.created_at DESC, a.id DESC LIMIT $8
            """,
        ])
    private static let roles = Statement(
        "kernel.select_roles", "SELECT account, feature, rank::bigint FROM kernel.feature_role WHERE account = ANY ($1)")
}

/// A character with all that its owner sees of it.
struct CharacterDetails: Sendable {
    let account: AccountID
    let record: CharacterRecord
    let scopes: [String]
    let tokenStatus: String
    let lastVerifiedAt: Date?

    init(_ row: Row) throws {
        var columns = row.columns
        account = try columns.next()
        record = CharacterRecord(
            id: try columns.next(), eveCharacterID: try columns.next(), name: try columns.next(),
            corporationID: try columns.next(), corporationName: try columns.next(), allianceID: try columns.next(),
            allianceName: try columns.next(), isPrimary: try columns.next())
        scopes = try columns.next()
        tokenStatus = try columns.next()
        lastVerifiedAt = try columns.next()
    }

    /// The characters of some accounts, each account's primary one first.
    static let selectAll = Statement(
        "kernel.select_characters",
        """
        SELECT c.account, c.id, c.eve_character_id, c.name, c.corporation_id, o.name, c.alliance_id, l.name,
            coalesce(a.primary_character = c.id, false), c.scopes, c.token_status, c.last_verified_at
        FROM kernel.character c JOIN kernel.account a ON a.id = c.account
        LEFT JOIN kernel.organisation o ON o.id = c.corporation_id LEFT JOIN kernel.organisation l ON l.id = c.alliance_id
        WHERE c.account = ANY ($1)
        ORDER BY coalesce(a.primary_character = c.id, false) DESC, c.linked_at, c.id
        """)
}
