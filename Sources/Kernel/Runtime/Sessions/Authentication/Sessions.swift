import Foundation
import KernelAPI

/// Begins, replaces and ends sessions. Everything happens in somebody's transaction.
struct Sessions: Sendable {
    let clock: any WallClock
    /// From login to the end, whatever happens.
    let lifetime: Duration

    /// More than that an account does not have; the one not used for longest ends.
    static let mostPerAccount = 50
    /// How long the old token of a session is good after it got a new one: requests under way still carry it.
    static let grace = 60.0

    /// A new session with a new token.
    func begin(_ account: AccountID, actor: AuditActor, in transaction: any Transaction) async throws -> SecretToken {
        let (token, now) = (SecretToken.random(), clock.now)
        try await transaction.query(
            Self.insert, UUID(), token.hash.sql, account, now, now + lifetime / .seconds(1), actor.address, actor.userAgent)
        try await transaction.query(Self.endSurplus, account, now, Self.mostPerAccount)
        return token
    }

    /// Whose session that is, while it has neither ended nor expired; a superadmin's look with another's rights is nobody's.
    func account(of token: SecretToken, in session: any SQLSession) async throws -> AccountID? {
        try await session.query(Self.selectAccount, token.hash.sql, clock.now).first.map { try $0.decode(0) }
    }

    /// Ends the session that a browser still has when it gets another one.
    func end(token: SecretToken, in transaction: any Transaction) async throws {
        try await transaction.query(Self.endByToken, token.hash.sql, clock.now)
    }

    /// - Returns: whether there was one to end.
    @discardableResult
    func end(_ session: UUID, of account: AccountID, in transaction: any Transaction) async throws -> Bool {
        try await transaction.query(Self.endOne, session, account, clock.now).affectedRows > 0
    }

    /// Ends every session of some accounts, and every look that superadmins take at them.
    ///
    /// - Returns: the accounts that had one.
    @discardableResult
    func endAll(of accounts: [AccountID], in transaction: any Transaction) async throws -> Set<AccountID> {
        Set(try await transaction.query(Self.endAll, accounts, clock.now).map { try $0.decode(0, as: UUID.self) })
    }

    /// Ends the looks that an account takes with others' rights.
    func endViews(by account: AccountID, in transaction: any Transaction) async throws {
        try await transaction.query(Self.endViews, account, clock.now)
    }

    /// Notes that an account's rights rose: each of its sessions goes on under a new token as soon as the browser asks who it is.
    func renewAll(of account: AccountID, in transaction: any Transaction) async throws {
        try await transaction.query(Self.markAll, account, clock.now)
    }

    /// The new token of a session whose account's rights rose; the old one stays good for a minute.
    ///
    /// - Returns: `nil` when there is nothing to renew.
    func renew(_ session: UUID, in transaction: any Transaction) async throws -> SecretToken? {
        guard try await !transaction.query(Self.lockRenewing, session).isEmpty else { return nil }
        return try await replace(session, viewAs: nil, oldEndsAt: clock.now.addingTimeInterval(Self.grace), in: transaction)
    }

    /// The session goes on with another's rights, or its own again; the old token is good for nothing.
    func replace(_ session: UUID, viewAs: AccountID?, in transaction: any Transaction) async throws -> SecretToken? {
        try await replace(session, viewAs: viewAs, oldEndsAt: nil, in: transaction)
    }

    private func replace(
        _ session: UUID, viewAs: AccountID?, oldEndsAt: Date?, in transaction: any Transaction
    ) async throws -> SecretToken? {
        let (token, id, now) = (SecretToken.random(), UUID(), clock.now)
        let made = try await transaction.query(Self.copy, session, id, token.hash.sql, viewAs, now)
        guard made.affectedRows == 1 else { return nil }
        try await transaction.query(Self.supersede, session, id, oldEndsAt, now)
        return token
    }

    private static let insert = Statement(
        "kernel.insert_session",
        """
        INSERT INTO kernel.session (id, token_hash, account, created_at, last_seen_at, expires_at, ip, user_agent)
        VALUES ($1, $2, $3, $4, $4, $5, $6, $7)
        """)
    private static let selectAccount = Statement(
        "kernel.select_session_account",
        """
        SELECT account FROM kernel.session WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > $2 AND view_as IS NULL
        """)
    private static let endSurplus = Statement(
        "kernel.end_surplus_sessions",
        """
        UPDATE kernel.session SET ended_at = $2 WHERE id IN (
            SELECT id FROM kernel.session WHERE account = $1 AND ended_at IS NULL AND expires_at > $2
            ORDER BY last_seen_at DESC, created_at DESC OFFSET $3)
        """)
    private static let endByToken = Statement(
        "kernel.end_session_by_token", "UPDATE kernel.session SET ended_at = $2 WHERE token_hash = $1 AND ended_at IS NULL")
    private static let endOne = Statement(
        "kernel.end_session",
        """
        UPDATE kernel.session SET ended_at = $3
        WHERE account = $2 AND (id = $1 OR replaced_by = $1) AND ended_at IS NULL AND expires_at > $3
        """)
    private static let endAll = Statement(
        "kernel.end_sessions",
        """
        UPDATE kernel.session SET ended_at = $2
        WHERE (account = ANY ($1) OR view_as = ANY ($1)) AND ended_at IS NULL AND expires_at > $2 RETURNING account
        """)
    private static let endViews = Statement(
        "kernel.end_views",
        "UPDATE kernel.session SET ended_at = $2 WHERE account = $1 AND view_as IS NOT NULL AND ended_at IS NULL")
    private static let markAll = Statement(
        "kernel.mark_sessions",
        """
        UPDATE kernel.session SET renews = true
        WHERE account = $1 AND ended_at IS NULL AND expires_at > $2 AND replaced_by IS NULL AND view_as IS NULL
        """)
    private static let lockRenewing = Statement(
        "kernel.lock_renewing_session",
        "SELECT id FROM kernel.session WHERE id = $1 AND renews AND ended_at IS NULL AND replaced_by IS NULL FOR UPDATE")
    private static let copy = Statement(
        "kernel.copy_session",
        """
        INSERT INTO kernel.session (id, token_hash, account, created_at, last_seen_at, expires_at, ip, user_agent, view_as)
        SELECT $2, $3, account, created_at, $5, expires_at, ip, user_agent, $4 FROM kernel.session
        WHERE id = $1 AND ended_at IS NULL AND expires_at > $5 AND replaced_by IS NULL FOR UPDATE
        """)
    private static let supersede = Statement(
        "kernel.supersede_session",
        """
        UPDATE kernel.session SET renews = false, replaced_by = $2,
            expires_at = least(expires_at, coalesce($3, expires_at)), ended_at = CASE WHEN $3::timestamptz IS NULL THEN $4 END
        WHERE id = $1
        """)
}
