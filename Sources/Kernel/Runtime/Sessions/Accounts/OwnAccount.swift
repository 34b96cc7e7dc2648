import Foundation
import KernelAPI

/// An account as its owner sees it.
struct OwnAccount: Sendable {
    let rights: AccountRights
    let email: String?
    let createdAt: Date
    let lastLoginAt: Date?
    /// The primary one first.
    let characters: [CharacterDetails]

    /// - Throws: 401 when the account has just been deleted.
    static func read(_ id: AccountID, in session: any SQLSession) async throws -> OwnAccount {
        let answers = try await session.pipeline([
            BoundStatement(AccountRights.select, id), BoundStatement(select, id),
            BoundStatement(CharacterDetails.selectAll, [id]),
        ])
        guard let rights = answers[0].first, let row = answers[1].first else { throw Problem.notSignedIn }
        var (rightsColumns, columns) = (rights.columns, row.columns)
        return OwnAccount(
            rights: try AccountRights(&rightsColumns), email: try columns.next(), createdAt: try columns.next(),
            lastLoginAt: try columns.next(), characters: try answers[2].map { try CharacterDetails($0) })
    }

    private static let select = Statement(
        "kernel.select_own_account", "SELECT email, created_at, last_login_at FROM kernel.account WHERE id = $1")
}

/// A session as its owner sees it.
struct OwnSession: Sendable {
    let id: UUID
    let createdAt: Date
    let lastSeenAt: Date
    let expiresAt: Date
    let address: String?
    let userAgent: String?
    let isCurrent: Bool

    /// Those that can be used, the one used last first.
    static func list(
        of account: AccountID, current: UUID?, now: Date, idle: Duration, in session: any SQLSession
    ) async throws -> [OwnSession] {
        let seenAfter = now.addingTimeInterval(-(idle / .seconds(1)))
        return try await session.query(select, account, now, seenAfter).map { row in
            var columns = row.columns
            let id: UUID = try columns.next()
            return OwnSession(
                id: id, createdAt: try columns.next(), lastSeenAt: try columns.next(), expiresAt: try columns.next(),
                address: try columns.next(), userAgent: try columns.next(), isCurrent: id == current)
        }
    }

    private static let select = Statement(
        "kernel.list_sessions",
        """
        SELECT id, created_at, last_seen_at, expires_at, ip, user_agent FROM kernel.session
        WHERE account = $1 AND ended_at IS NULL AND expires_at > $2 AND last_seen_at > $3 AND replaced_by IS NULL
        ORDER BY last_seen_at DESC, id
        """)
}
