import Foundation
import KernelAPI
import Logging

/// What people do with the characters of their own account.
struct OwnCharacters: Sendable {
    let clock: any WallClock
    let changes: AccountChanges
    let audit: any AuditTrail
    let keys: EncryptionKeys
    let provider: ProviderSlot
    let logger: Logger

    /// One of an account's characters.
    private struct Character {
        let eveID: Int64
        let name: String
        let isPrimary: Bool
        let primary: AccountRights.Primary
        let token: SQLBytes?

        var document: [UInt8] {
            AuditEntry.document { json in
                json.field("eveCharacterId", id: eveID)
                json.field("eveCharacterName", name)
            }
        }
    }

    /// - Throws: 404 when the account has no such character, 403 when the organisation gate would deny it.
    func setPrimary(_ id: UUID, of account: AccountID, by actor: AuditActor) async throws {
        try await changes.make("kernel.set_primary", concerning: [account]) { transaction in
            let writer = CharacterWriter(clock: clock, keys: keys, transaction: transaction)
            try await transaction.query(Self.lock, account)
            let character = try await find(id, of: account, in: transaction)
            guard !character.isPrimary else { return }
            guard try await OrganisationGate.read(in: transaction).verdict(on: character.primary).isAllowed else {
                throw Problem.organisationDenied
            }
            try await writer.setPrimary(id, of: account)
            try await audit.record(
                AuditEntry(.primaryCharacterChanged, account: account, by: actor, to: character.document), in: transaction)
        }
    }

    /// Takes a character out of the account; the oldest other takes its place.
    ///
    /// - Throws: 404 when the account has no such character, 409 when it is the last one.
    func remove(_ id: UUID, of account: AccountID, by actor: AuditActor) async throws {
        let gone = try await changes.make("kernel.unlink_character", concerning: [account]) { transaction in
            let writer = CharacterWriter(clock: clock, keys: keys, transaction: transaction)
            try await transaction.query(Self.lock, account)
            let character = try await find(id, of: account, in: transaction)
            guard try await writer.release(id, from: account) > 0 else {
                throw Problem.conflict(
                    "last_character", "This is your last character here. Delete the account, if that is what you want.")
            }
            try await transaction.query(Self.delete, id)
            try await audit.record(
                AuditEntry(.characterUnlinked, account: account, by: actor, from: character.document), in: transaction)
            return character
        }
        await revoke(gone.token, of: gone.eveID)
    }

    /// The refresh tokens of an account that is about to be deleted.
    func tokens(of account: AccountID, in session: any SQLSession) async throws -> [(eveID: Int64, token: SQLBytes)] {
        try await session.query(Self.selectTokens, account).map { (try $0.decode(0), try $0.decode(1)) }
    }

    /// Tells the single sign-on to forget a token. It is gone here whatever happens, so a failure is only logged.
    func revoke(_ token: SQLBytes?, of eveID: Int64) async {
        guard let token, let text = keys.open(token.bytes, for: CharacterWriter.owner(eveID)) else { return }
        do {
            try await provider.current.revoke(Secret(text))
        } catch {
            logger.warning("a refresh token could not be revoked", metadata: ["error": "\(error)"])
        }
    }

    private func find(_ id: UUID, of account: AccountID, in transaction: any Transaction) async throws -> Character {
        guard let row = try await transaction.query(Self.select, id, account).first else {
            throw Problem.notFound("Your account has no such character.")
        }
        var columns = row.columns
        let (eveID, name, isPrimary): (Int64, String, Bool) = (try columns.next(), try columns.next(), try columns.next())
        return Character(
            eveID: eveID, name: name, isPrimary: isPrimary,
            primary: .init(eveCharacterID: eveID, corporationID: try columns.next(), allianceID: try columns.next()),
            token: try columns.next())
    }

    private static let lock = Statement(
        "kernel.lock_own_account", "SELECT id FROM kernel.account WHERE id = $1 FOR UPDATE")
    private static let select = Statement(
        "kernel.select_own_character",
        """
        SELECT c.eve_character_id, c.name, coalesce(a.primary_character = c.id, false), c.corporation_id, c.alliance_id,
            c.refresh_token
        FROM kernel.character c JOIN kernel.account a ON a.id = c.account WHERE c.id = $1 AND c.account = $2 FOR UPDATE
        """)
    private static let delete = Statement("kernel.delete_character", "DELETE FROM kernel.character WHERE id = $1")
    private static let selectTokens = Statement(
        "kernel.select_account_tokens",
        "SELECT eve_character_id, refresh_token FROM kernel.character WHERE account = $1 AND refresh_token IS NOT NULL")
}
