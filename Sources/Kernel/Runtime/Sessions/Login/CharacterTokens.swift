import Foundation
import KernelAPI
import Logging

/// Refresh tokens that are kept: looked after once a day, so that people see which of them still work, and that a character
/// that was sold is noticed.
///
/// A token is claimed before the single sign-on is asked, and written back only if nobody wrote another one meanwhile: however
/// many pods look after it, it is refreshed once.
struct CharacterTokens: Sendable {
    let database: any Database
    let clock: any WallClock
    let keys: EncryptionKeys
    let provider: ProviderSlot
    let changes: AccountChanges
    let audit: any AuditTrail
    let sessions: Sessions
    let logger: Logger

    static let interval = 86_400.0
    /// Longer than the single sign-on can take to answer or not.
    static let claimSeconds = 120.0

    struct Claimed: Sendable {
        let id: UUID
        let account: AccountID
        let eveID: Int64
        let ownerHash: String?
        let token: SQLBytes
        let version: Int64
    }

    /// Looks after the token that has waited longest.
    ///
    /// - Returns: false when none is due.
    func refreshNext() async throws -> Bool {
        let provider: any IdentityProvider
        do {
            provider = try self.provider.current
        } catch {
            // Without a client id there is nobody to ask.
            return false
        }
        let now = clock.now
        guard let claimed = try await claim(checkedBefore: now.addingTimeInterval(-Self.interval), at: now) else { return false }
        try await refresh(claimed, provider)
        return true
    }

    func claim(checkedBefore: Date, at now: Date) async throws -> Claimed? {
        try await database.query(Self.claim, checkedBefore, now, now.addingTimeInterval(Self.claimSeconds)).first.map { row in
            var columns = row.columns
            return Claimed(
                id: try columns.next(), account: try columns.next(), eveID: try columns.next(), ownerHash: try columns.next(),
                token: try columns.next(), version: try columns.next())
        }
    }

    func refresh(_ claimed: Claimed, _ provider: any IdentityProvider) async throws {
        guard let text = keys.open(claimed.token.bytes, for: CharacterWriter.owner(claimed.eveID)) else {
            logger.error("a refresh token cannot be decrypted: its key is missing", metadata: ["characterId": "\(claimed.eveID)"])
            return try await settle(claimed, .revoked, token: nil)
        }
        do {
            let proven = try await provider.refresh(Secret(text))
            guard proven.id == claimed.eveID, proven.ownerHash == claimed.ownerHash else {
                return try await losesOwner(claimed)
            }
            try await settle(claimed, .valid, token: proven.refreshToken ?? Secret(text))
        } catch let error as IdentityProviderError {
            logger.info("a refresh token was not refreshed", metadata: ["error": "\(error)", "characterId": "\(claimed.eveID)"])
            switch error.kind {
            case .grantRefused: try await settle(claimed, .revoked, token: nil)
            case .unavailable, .tokenRejected, .misconfigured:
                try await settle(claimed, .failing, token: error.rotatedToken ?? Secret(text))
            }
        }
    }

    private func settle(_ claimed: Claimed, _ status: TokenStatus, token: Secret?) async throws {
        let sealed = try token.map { SQLBytes(try keys.seal($0.revealed, for: CharacterWriter.owner(claimed.eveID))) }
        let written = try await database.query(
            Self.write, claimed.id, claimed.version, sealed, status.rawValue, clock.now, status == .valid)
        if written.affectedRows == 0 {
            logger.info("a refresh token changed meanwhile", metadata: ["characterId": "\(claimed.eveID)"])
        }
    }

    /// The grant belongs to another owner by now: the character leaves the account, whose sessions end. The new owner gets an
    /// account at their login.
    private func losesOwner(_ claimed: Claimed) async throws {
        try await changes.make("kernel.lose_owner", concerning: [claimed.account]) { transaction in
            let writer = CharacterWriter(clock: clock, keys: keys, transaction: transaction)
            guard let row = try await CharacterRow.lock(claimed.eveID, in: transaction), row.account == claimed.account,
                row.ownerHash == claimed.ownerHash
            else { return }
            let left = try await writer.release(claimed.id, from: claimed.account)
            if left == 0 { try await transaction.query(Admission.revokeKeys, claimed.account, clock.now) }
            try await sessions.endAll(of: [claimed.account], in: transaction)
            try await transaction.query(Admission.useSetting, claimed.eveID, clock.now)
            try await audit.record(
                AuditEntry(
                    .characterTransferred, account: claimed.account, by: .system,
                    from: AuditEntry.document { $0.field("eveCharacterId", id: claimed.eveID) }), in: transaction)
            try await transaction.query(Self.delete, claimed.id)
        }
    }

    /// Encrypts some tokens anew whose key is not the first one any more; not those that are being refreshed, whose successor
    /// would find another version.
    ///
    /// - Returns: how many there were.
    func renewEncryption(atMost limit: Int = 100) async throws -> Int {
        let (prefix, now) = (keys.currentPrefix, clock.now)
        let old = try await database.query(Self.selectOldKeys, SQLBytes(prefix), prefix.count, now, limit)
        for row in old {
            let (id, eveID): (UUID, Int64) = (try row.decode(0), try row.decode(1))
            let (token, version): (SQLBytes, Int64) = (try row.decode(2), try row.decode(3))
            let owner = CharacterWriter.owner(eveID)
            let renewed = try keys.open(token.bytes, for: owner).map { SQLBytes(try keys.seal($0, for: owner)) }
            let status = renewed == nil ? TokenStatus.revoked : nil
            try await database.query(Self.reencrypt, id, version, renewed, status?.rawValue, now)
        }
        return old.count
    }

    private static let claim = Statement(
        "kernel.claim_token",
        """
        UPDATE kernel.character SET token_claimed_until = $3 WHERE id = (
            SELECT id FROM kernel.character
            WHERE refresh_token IS NOT NULL AND (token_checked_at IS NULL OR token_checked_at <= $1)
              AND (token_claimed_until IS NULL OR token_claimed_until <= $2)
            ORDER BY token_checked_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, account, eve_character_id, owner_hash, refresh_token, token_version
        """)
    private static let write = Statement(
        "kernel.settle_token",
        """
        UPDATE kernel.character SET refresh_token = $3, token_version = token_version + 1, token_status = $4,
            token_checked_at = $5, token_claimed_until = NULL,
            last_verified_at = CASE WHEN $6 THEN $5 ELSE last_verified_at END
        WHERE id = $1 AND token_version = $2
        """)
    private static let delete = Statement("kernel.delete_lost_character", "DELETE FROM kernel.character WHERE id = $1")
    private static let selectOldKeys = Statement(
        "kernel.select_old_keys",
        """
        SELECT id, eve_character_id, refresh_token, token_version FROM kernel.character
        WHERE refresh_token IS NOT NULL AND substring(refresh_token FROM 1 FOR $2::int) <> $1
          AND (token_claimed_until IS NULL OR token_claimed_until <= $3)
        LIMIT $4
        """)
    private static let reencrypt = Statement(
        "kernel.reencrypt_token",
        """
        UPDATE kernel.character
        SET refresh_token = $3, token_version = token_version + 1, token_status = coalesce($4, token_status)
        WHERE id = $1 AND token_version = $2 AND (token_claimed_until IS NULL OR token_claimed_until <= $5)
        """)
}
