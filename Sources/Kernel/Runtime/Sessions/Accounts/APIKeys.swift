import Foundation
import KernelAPI

/// The keys of an account's programs, in `kernel.api_key`.
struct APIKeys: Sendable {
    let clock: any WallClock

    /// More an account does not have at the same time.
    static let most = 20
    static let longestDays = 365

    struct Listed: Sendable {
        let id: UUID
        let name: String
        let features: [String]
        let createdAt: Date
        let expiresAt: Date
        let lastUsedAt: Date?
    }

    /// - Returns: the key, to be shown once, and what is listed from now on.
    func make(
        _ account: AccountID, name: String, features: [String], days: Int, in transaction: any Transaction
    ) async throws -> (key: SecretToken, listed: Listed) {
        let (key, now) = (SecretToken.random(prefix: Credentials.keyPrefix), clock.now)
        let listed = Listed(
            id: UUID(), name: name, features: features, createdAt: now, expiresAt: now + Double(days) * 86_400, lastUsedAt: nil)
        try await transaction.query(Self.lockAccount, account)
        guard try await transaction.query(Self.count, account, now).scalar(Int.self) < Self.most else {
            throw Problem.conflict(
                "too_many_api_keys", "An account can have \(Self.most) API keys, and has them. Revoke one first.")
        }
        try await transaction.query(Self.insert, listed.id, key.hash.sql, account, name, features, now, listed.expiresAt)
        return (key, listed)
    }

    /// - Returns: the key's name; `nil` when the account has no such key, or not any more.
    func revoke(_ id: UUID, of account: AccountID, in transaction: any Transaction) async throws -> String? {
        try await transaction.query(Self.revoke, id, account, clock.now).first.map { try $0.decode(0) }
    }

    /// Those that can be used, the newest first.
    func list(of account: AccountID, in session: any SQLSession) async throws -> [Listed] {
        try await session.query(Self.select, account, clock.now).map { row in
            var columns = row.columns
            return Listed(
                id: try columns.next(), name: try columns.next(), features: try columns.next(), createdAt: try columns.next(),
                expiresAt: try columns.next(), lastUsedAt: try columns.next())
        }
    }

    private static let lockAccount = Statement(
        "kernel.lock_key_owner", "SELECT id FROM kernel.account WHERE id = $1 FOR UPDATE")
    private static let count = Statement(
        "kernel.count_api_keys",
        "SELECT count(*) FROM kernel.api_key WHERE account = $1 AND revoked_at IS NULL AND expires_at > $2")
    private static let insert = Statement(
        "kernel.insert_api_key",
        """
        INSERT INTO kernel.api_key (id, key_hash, account, name, features, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """)
    private static let revoke = Statement(
        "kernel.revoke_api_key",
        """
        UPDATE kernel.api_key SET revoked_at = $3 WHERE id = $1 AND account = $2 AND revoked_at IS NULL AND expires_at > $3
        RETURNING name
        """)
    private static let select = Statement(
        "kernel.list_api_keys",
        """
        SELECT id, name, features, created_at, expires_at, last_used_at FROM kernel.api_key
        WHERE account = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id
        """)
}
