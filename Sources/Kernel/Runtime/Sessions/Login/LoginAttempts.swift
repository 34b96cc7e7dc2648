import Crypto
import Foundation
import HTTPTypes
import KernelAPI

/// Logins under way, in `kernel.login_attempt`: each is good for one callback, to the browser that began it, for ten minutes.
struct LoginAttempts: Sendable {
    let database: any Database
    let clock: any WallClock
    let keys: EncryptionKeys

    static let lifetime = Duration.seconds(600)
    /// More are not under way in the whole installation. Beyond, the oldest is forgotten: whoever plays with the button, from
    /// however many addresses, keeps nobody out who comes back within seconds.
    static let most = 10_000
    /// Characters that one account is about to link; beyond, its oldest attempt is forgotten. Accounts may ask often, so that one
    /// of them could otherwise push out everybody's logins.
    static let mostPerAccount = 5

    enum Purpose: Sendable, Hashable {
        case login
        /// Adds a character to this account.
        case link(AccountID)
    }

    /// What a new attempt needs: the state and the challenge for the single sign-on, the cookie for the browser.
    struct Started: Sendable {
        let state: SecretToken
        let challenge: String
        let browser: SecretToken
    }

    /// What came back to the browser that began it.
    struct Finished: Sendable {
        let purpose: Purpose
        let verifier: String
        let wanted: WantedPath
    }

    func start(_ purpose: Purpose, wanted: WantedPath) async throws -> Started {
        let (state, browser, verifier) = (SecretToken.random(), SecretToken.random(), SecretToken.random())
        var (name, account) = ("login", AccountID?.none)
        if case .link(let id) = purpose { (name, account) = ("link", id) }
        let hash = state.hash
        try await database.query(
            Self.insert, hash.sql, browser.hash.sql, SQLBytes(try keys.seal(verifier.text, for: hash.bytes)), wanted.text, name,
            account, clock.now + Self.lifetime / .seconds(1), Self.most - 1, Self.mostPerAccount - 1)
        return Started(state: state, challenge: Self.challenge(for: verifier.text), browser: browser)
    }

    /// Uses an attempt up.
    ///
    /// - Parameters:
    ///   - state: what came back.
    ///   - browser: the cookie that came with it.
    /// - Returns: `nil` when there is no such attempt, it is too old, was used already, or another browser began it.
    func finish(state: SecretToken, browser: SecretToken) async throws -> Finished? {
        let hash = state.hash
        guard let row = try await database.query(Self.delete, hash.sql).first else { return nil }
        var columns = row.columns
        let (browserHash, verifier): (SQLBytes, SQLBytes) = (try columns.next(), try columns.next())
        let (path, account): (String, UUID?) = (try columns.next(), try columns.next())
        let expiresAt: Date = try columns.next()
        guard clock.now < expiresAt, browser.hash.matches(browserHash), let wanted = WantedPath(path),
            let verifier = keys.open(verifier.bytes, for: hash.bytes)
        else { return nil }
        return Finished(purpose: account.map { .link($0) } ?? .login, verifier: verifier, wanted: wanted)
    }

    /// Forgets what nobody came back with.
    func removeExpired() async throws { try await database.query(Self.deleteExpired, clock.now) }

    static func challenge(for verifier: String) -> String { Base64URL.encode(SHA256.hash(data: Array(verifier.utf8))) }

    private static let insert = Statement(
        "kernel.insert_login_attempt",
        """
        WITH surplus AS (
            DELETE FROM kernel.login_attempt WHERE state_hash IN (
                (SELECT state_hash FROM kernel.login_attempt ORDER BY expires_at DESC OFFSET $8)
                UNION ALL
                (SELECT state_hash FROM kernel.login_attempt WHERE account = $6 ORDER BY expires_at DESC OFFSET $9)))
        INSERT INTO kernel.login_attempt (state_hash, browser_hash, verifier, wanted_path, purpose, account, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """)
    private static let delete = Statement(
        "kernel.take_login_attempt",
        """
        DELETE FROM kernel.login_attempt WHERE state_hash = $1
        RETURNING browser_hash, verifier, wanted_path, account, expires_at
        """)
    private static let deleteExpired = Statement(
        "kernel.delete_login_attempts", "DELETE FROM kernel.login_attempt WHERE expires_at <= $1")
}
