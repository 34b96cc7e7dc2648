import Foundation
import KernelAPI

/// Writes characters and where they belong, within one transaction.
struct CharacterWriter {
    let clock: any WallClock
    let keys: EncryptionKeys
    let transaction: any Transaction

    /// More characters than that an account cannot have: three EVE accounts have nine.
    static let mostPerAccount = 50

    /// What stands for a character of which only the id is known.
    static func placeholder(_ eveCharacterID: Int64) -> String { "Character \(eveCharacterID)" }

    func makeAccount(_ id: AccountID, named name: String) async throws {
        try await transaction.query(Self.insertAccount, id, name, clock.now)
    }

    /// A character that proved itself again.
    func update(_ id: UUID, _ arrival: Admission.Arrival) async throws {
        let character = arrival.character
        try await transaction.query(
            Self.updateCharacter, id, character.name, character.ownerHash, clock.now, Self.placeholder(character.id))
        try await writeToken(of: id, character)
        try await writeAffiliation(of: id, arrival)
    }

    /// A character becomes an account's: a new one, or one that had another owner.
    @discardableResult
    func place(_ known: UUID?, of account: AccountID, _ arrival: Admission.Arrival) async throws -> UUID {
        let (character, id) = (arrival.character, known ?? UUID())
        if known == nil {
            try await transaction.query(
                Self.insertCharacter, id, character.id, account, character.name, character.ownerHash, clock.now)
        } else {
            try await transaction.query(Self.moveCharacter, id, account, character.name, character.ownerHash, clock.now)
        }
        try await writeToken(of: id, character)
        try await writeAffiliation(of: id, arrival)
        return id
    }

    func setPrimary(_ id: UUID?, of account: AccountID) async throws {
        try await transaction.query(Self.updatePrimary, account, id)
    }

    /// Gets a character ready to leave its account: no longer primary, its token gone.
    ///
    /// - Returns: how many characters the account has left.
    func release(_ id: UUID, from account: AccountID) async throws -> Int {
        try await transaction.query(Self.dropToken, id)
        try await transaction.query(Self.promoteOldest, account, id)
        return try await characterCount(of: account) - 1
    }

    func characterCount(of account: AccountID) async throws -> Int {
        // The account's row is the lock: two characters do not become the fiftieth together.
        try await transaction.query(Self.lockAccount, account)
        return try await transaction.query(Self.countCharacters, account).scalar()
    }

    /// A refresh token is encrypted for its character: moved to another's row it is worth nothing.
    static func owner(_ eveCharacterID: Int64) -> [UInt8] { Array(String(eveCharacterID).utf8) }

    private func writeToken(of id: UUID, _ character: ProvenCharacter) async throws {
        let sealed = try character.refreshToken.map { SQLBytes(try keys.seal($0.revealed, for: Self.owner(character.id))) }
        try await transaction.query(
            Self.updateToken, id, character.scopes, sealed,
            sealed == nil ? TokenStatus.none.rawValue : TokenStatus.valid.rawValue,
            clock.now)
    }

    private func writeAffiliation(of id: UUID, _ arrival: Admission.Arrival) async throws {
        guard let affiliation = arrival.affiliation else { return }
        try await transaction.query(Self.updateAffiliation, id, affiliation.corporationID, affiliation.allianceID, clock.now)
        try await Organisations.keep(arrival.organisationNames, in: transaction)
    }

    static let insertAccount = Statement(
        "kernel.insert_account", "INSERT INTO kernel.account (id, display_name, created_at) VALUES ($1, $2, $3)")
    private static let updateCharacter = Statement(
        "kernel.update_character",
        """
        WITH character AS (
            UPDATE kernel.character SET name = $2, owner_hash = $3, last_verified_at = $4 WHERE id = $1 RETURNING account
        )
        UPDATE kernel.account a SET display_name = $2 FROM character c WHERE a.id = c.account AND a.display_name = $5
        """)
    private static let insertCharacter = Statement(
        "kernel.insert_character",
        """
        INSERT INTO kernel.character (id, eve_character_id, account, name, owner_hash, linked_at, last_verified_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        """)
    private static let moveCharacter = Statement(
        "kernel.move_character",
        """
        UPDATE kernel.character
        SET account = $2, name = $3, owner_hash = $4, linked_at = $5, last_verified_at = $5 WHERE id = $1
        """)
    static let updatePrimary = Statement(
        "kernel.update_primary", "UPDATE kernel.account SET primary_character = $2 WHERE id = $1")
    private static let dropToken = Statement(
        "kernel.drop_token",
        """
        UPDATE kernel.character
        SET scopes = '{}', refresh_token = NULL, token_version = token_version + 1, token_status = 'none'
        WHERE id = $1
        """)
    private static let promoteOldest = Statement(
        "kernel.promote_oldest_character",
        """
        UPDATE kernel.account SET primary_character = (
            SELECT id FROM kernel.character WHERE account = $1 AND id <> $2 ORDER BY linked_at, id LIMIT 1)
        WHERE id = $1 AND primary_character = $2
        """)
    private static let lockAccount = Statement(
        "kernel.lock_account", "SELECT id FROM kernel.account WHERE id = $1 FOR UPDATE")
    private static let countCharacters = Statement(
        "kernel.count_characters", "SELECT count(*) FROM kernel.character WHERE account = $1")
    private static let updateToken = Statement(
        "kernel.update_token",
        """
        UPDATE kernel.character SET scopes = $2, refresh_token = $3, token_version = token_version + 1, token_status = $4,
            token_checked_at = $5, token_claimed_until = NULL
        WHERE id = $1
        """)
    private static let updateAffiliation = Statement(
        "kernel.update_affiliation",
        """
        UPDATE kernel.character
        SET corporation_id = $2, alliance_id = $3, affiliation_checked_at = $4, affiliation_claimed_until = NULL
        WHERE id = $1
        """)
}

/// Whether the last refresh of a character's token worked.
enum TokenStatus: String, Sendable, CaseIterable {
    /// No token was asked for.
    case none
    case valid
    /// The single sign-on did not answer; it will be asked again.
    case failing
    /// The grant is dead: only a new login helps.
    case revoked
}

/// Names of corporations and alliances.
enum Organisations {
    static func keep(_ names: [Int64: String], in session: any SQLSession) async throws {
        guard !names.isEmpty else { return }
        let ids = names.keys.sorted()
        try await session.query(upsert, ids, ids.map { names[$0] ?? "" })
    }

    private static let upsert = Statement(
        "kernel.upsert_organisations",
        """
        INSERT INTO kernel.organisation AS o (id, name) SELECT * FROM unnest($1::bigint[], $2::text[])
        ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE o.name <> excluded.name
        """)
}
