import Foundation
import KernelAPI

/// Sessions and keys as the authenticator reads them: one query on a unique index each.
struct CredentialStore: Sendable {
    let database: any Database

    /// Uses are written down at most so often.
    static let touchInterval = 60.0

    func session(_ hash: TokenHash) async throws -> KnownCredential? {
        guard let row = try await database.query(Self.selectSession, hash.sql).first else { return nil }
        var columns = row.columns
        let session = try SessionRecord(&columns)
        let (gate, rights) = (try OrganisationGate(columns: &columns), try AccountRights(&columns))
        var viewed: AccountRights?
        if let account = session.viewAs { viewed = try await AccountRights.of(account, in: database) }
        return KnownCredential(kind: .session(session), rights: rights, viewed: viewed, gate: gate)
    }

    func apiKey(_ hash: TokenHash) async throws -> KnownCredential? {
        guard let row = try await database.query(Self.selectKey, hash.sql).first else { return nil }
        var columns = row.columns
        let key = try KeyRecord(&columns)
        let (gate, rights) = (try OrganisationGate(columns: &columns), try AccountRights(&columns))
        return KnownCredential(kind: .apiKey(key), rights: rights, viewed: nil, gate: gate)
    }

    /// Writes down that a credential is used now; of several requests at once one does it.
    func touch(_ kind: KnownCredential.Kind, at now: Date) async throws {
        let before = now.addingTimeInterval(-Self.touchInterval)
        switch kind {
        case .session(let session): try await database.query(Self.touchSession, session.id, now, before)
        case .apiKey(let key): try await database.query(Self.touchKey, key.id, now, before)
        }
    }

    private static let selectSession = Statement(
        "kernel.select_session",
        fragments: [
            "SELECT", SessionRecord.columns, ",", OrganisationGate.columns, ",", AccountRights.columns,
            """
            FROM kernel.session s JOIN kernel.account a ON a.id = s.account
            LEFT JOIN kernel.character c ON c.id = a.primary_character CROSS JOIN kernel.auth_config g
            WHERE s.token_hash = $1
            """,
        ])
    private static let selectKey = Statement(
        "kernel.select_api_key",
        fragments: [
            "SELECT", KeyRecord.columns, ",", OrganisationGate.columns, ",", AccountRights.columns,
            """
            FROM kernel.api_key k JOIN kernel.account a ON a.id = k.account
            LEFT JOIN kernel.character c ON c.id = a.primary_character CROSS JOIN kernel.auth_config g
            WHERE k.key_hash = $1
            """,
        ])
    private static let touchSession = Statement(
        "kernel.touch_session",
        "UPDATE kernel.session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at <= $3 AND ended_at IS NULL")
    private static let touchKey = Statement(
        "kernel.touch_api_key",
        "UPDATE kernel.api_key SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)")
}
