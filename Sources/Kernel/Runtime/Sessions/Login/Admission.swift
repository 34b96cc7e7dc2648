import Foundation
import KernelAPI

/// What a proven character leads to, in one transaction: whose it is, whether its owner may come in, and a session.
struct Admission: Sendable {
    let changes: AccountChanges
    let clock: any WallClock
    let audit: any AuditTrail
    let sessions: Sessions
    let keys: EncryptionKeys
    let superAdmins: Set<Int64>

    /// What is known when somebody comes back from the single sign-on.
    struct Arrival: Sendable {
        let character: ProvenCharacter
        /// `nil`: ESI did not tell.
        let affiliation: Affiliation?
        let organisationNames: [Int64: String]
        /// The session that this browser had until now.
        let previous: SecretToken?
        let actor: AuditActor
    }

    enum Outcome: Sendable {
        case session(SecretToken, AccountID)
        case linked(AccountID)
        case blocked(AccountID)
        case denied(OrganisationGate.Verdict)
        /// Whether the organisation gate lets it in cannot be said before ESI answers.
        case affiliationUnknown
        /// The character is another account's.
        case taken
        /// The account has as many characters as it may.
        case full
    }

    /// Nothing of the transaction may stay.
    private struct Refusal: Error {
        let outcome: Outcome
    }

    func logIn(_ arrival: Arrival) async throws -> Outcome {
        do {
            return try await changes.make("kernel.log_in") { try await logIn(arrival, in: $0) }
        } catch let refusal as Refusal {
            return refusal.outcome
        }
    }

    func link(_ arrival: Arrival, to account: AccountID) async throws -> Outcome {
        do {
            return try await changes.make("kernel.link_character") { try await link(arrival, to: account, in: $0) }
        } catch let refusal as Refusal {
            return refusal.outcome
        }
    }

    // MARK: Login

    private func logIn(_ arrival: Arrival, in transaction: any Transaction) async throws -> Changed<Outcome> {
        let character = arrival.character
        let writer = CharacterWriter(clock: clock, keys: keys, transaction: transaction)
        let known = try await CharacterRow.lock(character.id, in: transaction)
        let gate = try await OrganisationGate.read(in: transaction)
        let account: AccountID
        var touched: [AccountID] = []
        if let known, known.ownerHash == nil || known.ownerHash == character.ownerHash {
            account = known.account
            try await writer.update(known.id, arrival)
        } else {
            if let known {
                touched.append(known.account)
                try await transfer(known, arrival, in: transaction)
            }
            account = UUID()
            // A stranger who is not let in leaves nothing behind.
            if known == nil { try refuseStranger(arrival.affiliation, gate) }
            try await writer.makeAccount(account, named: character.name)
            let id = try await writer.place(known?.id, of: account, arrival)
            try await writer.setPrimary(id, of: account)
        }
        touched.append(account)
        guard let rights = try await AccountRights.of(account, in: transaction) else { throw Refusal(outcome: .taken) }
        return Changed(try await admit(rights, arrival, gate, in: transaction), accounts: touched)
    }

    private func refuseStranger(_ affiliation: Affiliation?, _ gate: OrganisationGate) throws {
        guard affiliation != nil || gate.isOpenToAll else { throw Refusal(outcome: .affiliationUnknown) }
        let verdict = gate.verdict(corporationID: affiliation?.corporationID, allianceID: affiliation?.allianceID)
        if !verdict.isAllowed { throw Refusal(outcome: .denied(verdict)) }
    }

    /// The last questions, and the session.
    private func admit(
        _ rights: AccountRights, _ arrival: Arrival, _ gate: OrganisationGate, in transaction: any Transaction
    ) async throws -> Outcome {
        if rights.isBlocked {
            try await deny(rights.id, "account_blocked", arrival.actor, in: transaction)
            return .blocked(rights.id)
        }
        guard rights.primary?.corporationID != nil || gate.isOpenToAll else { return .affiliationUnknown }
        let verdict = gate.verdict(on: rights.primary)
        guard verdict.isAllowed else {
            try await deny(rights.id, verdict.rawValue, arrival.actor, in: transaction)
            try await sessions.endAll(of: [rights.id], in: transaction)
            return .denied(verdict)
        }
        try await promoteIfNamed(rights, in: transaction)
        if let previous = arrival.previous { try await sessions.end(token: previous, in: transaction) }
        let token = try await sessions.begin(rights.id, actor: arrival.actor, in: transaction)
        try await transaction.query(Self.noteLogin, rights.id, clock.now)
        let actor = AuditActor(accountID: rights.id, address: arrival.actor.address, userAgent: arrival.actor.userAgent)
        try await audit.record(
            AuditEntry(.login, account: rights.id, by: actor, to: Self.document(of: arrival.character)), in: transaction)
        return .session(token, rights.id)
    }

    private func deny(_ account: AccountID, _ reason: String, _ actor: AuditActor, in transaction: any Transaction) async throws {
        let actor = AuditActor(accountID: account, address: actor.address, userAgent: actor.userAgent)
        let document = AuditEntry.document { $0.field("reason", reason) }
        try await audit.record(AuditEntry(.authorizationDenied, account: account, by: actor, to: document), in: transaction)
    }

    /// The settings make somebody a superadmin once, by the account's first character, and never one that changed hands.
    private func promoteIfNamed(_ rights: AccountRights, in transaction: any Transaction) async throws {
        guard !rights.isSuperAdmin, !superAdmins.isEmpty else { return }
        let first: Int64? = try await transaction.query(Self.selectFirstCharacter, rights.id).first?.decode(0)
        guard let first, superAdmins.contains(first), try await useSetting(for: first, in: transaction) else { return }
        try await transaction.query(Self.promote, rights.id)
        try await sessions.renewAll(of: rights.id, in: transaction)
        let document = AuditEntry.document { $0.field("by", "BATTLESCOPE_SUPERADMINS") }
        try await audit.record(
            AuditEntry(.superAdminPromoted, account: rights.id, by: .system, to: document), in: transaction)
    }

    /// - Returns: false when it was used before.
    private func useSetting(for eveCharacterID: Int64, in transaction: any Transaction) async throws -> Bool {
        try await transaction.query(Self.useSetting, eveCharacterID, clock.now).affectedRows == 1
    }

    // MARK: Linking

    private func link(
        _ arrival: Arrival, to account: AccountID, in transaction: any Transaction
    ) async throws -> Changed<Outcome> {
        let character = arrival.character
        let writer = CharacterWriter(clock: clock, keys: keys, transaction: transaction)
        let known = try await CharacterRow.lock(character.id, in: transaction)
        guard let rights = try await AccountRights.of(account, in: transaction), !rights.isBlocked else {
            throw Refusal(outcome: .blocked(account))
        }
        var touched = [account]
        if let known, known.account == account {
            // Also with another owner than before: that one is logged in to this account, so it is theirs.
            try await writer.update(known.id, arrival)
        } else {
            if let known {
                guard known.isAnothers(character) else { throw Refusal(outcome: .taken) }
                touched.append(known.account)
                try await transfer(known, arrival, in: transaction)
            }
            guard try await writer.characterCount(of: account) < CharacterWriter.mostPerAccount else {
                throw Refusal(outcome: .full)
            }
            try await writer.place(known?.id, of: account, arrival)
            try await audit.record(
                AuditEntry(.characterLinked, account: account, by: arrival.actor, to: Self.document(of: character)),
                in: transaction)
        }
        return Changed(.linked(account), accounts: touched)
    }

    // MARK: A new owner

    /// Takes a character from the account of the owner before: its sessions end, its tokens are gone.
    private func transfer(_ known: CharacterRow, _ arrival: Arrival, in transaction: any Transaction) async throws {
        let writer = CharacterWriter(clock: clock, keys: keys, transaction: transaction)
        _ = try await useSetting(for: arrival.character.id, in: transaction)
        let left = try await writer.release(known.id, from: known.account)
        try await sessions.endAll(of: [known.account], in: transaction)
        // Nobody can come back to an account without characters, so its keys must not go on for ever.
        if left == 0 { try await transaction.query(Self.revokeKeys, known.account, clock.now) }
        try await audit.record(
            AuditEntry(.characterTransferred, account: known.account, by: .system, from: Self.document(of: arrival.character)),
            in: transaction)
    }

    static func document(of character: ProvenCharacter) -> [UInt8] {
        AuditEntry.document { json in
            json.field("eveCharacterId", id: character.id)
            json.field("eveCharacterName", character.name)
        }
    }

    private static let noteLogin = Statement(
        "kernel.note_login", "UPDATE kernel.account SET last_login_at = $2 WHERE id = $1")
    private static let selectFirstCharacter = Statement(
        "kernel.select_first_character",
        """
        SELECT eve_character_id FROM kernel.character WHERE account = $1 ORDER BY linked_at, id LIMIT 1
        """)
    private static let promote = Statement(
        "kernel.promote_by_settings", "UPDATE kernel.account SET is_superadmin = true WHERE id = $1")
    static let useSetting = Statement(
        "kernel.use_superadmin_setting",
        "INSERT INTO kernel.superadmin_setting_used VALUES ($1, $2) ON CONFLICT (eve_character_id) DO NOTHING")
    static let revokeKeys = Statement(
        "kernel.revoke_account_keys", "UPDATE kernel.api_key SET revoked_at = $2 WHERE account = $1 AND revoked_at IS NULL")
}

extension CharacterRow {
    /// Whether it had another owner than the one who proves it now.
    func isAnothers(_ character: ProvenCharacter) -> Bool { ownerHash.map { $0 != character.ownerHash } ?? false }
}
