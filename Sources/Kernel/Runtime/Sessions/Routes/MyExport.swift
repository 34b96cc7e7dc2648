import Foundation
import KernelAPI

/// `GET /me/export`: everything that is kept about an account, without the secrets.
struct MyExport: JSONRepresentable {
    let account: OwnAccount
    let sessions: [OwnSession]
    let keys: [APIKeys.Listed]
    let audit: [AuditRecord]
    let imagesURL: String

    /// The newest lines of the audit log; the rest is in `/me/audit`.
    static let mostAuditRecords = 1_000

    static let json = JSONForm<MyExport>("AccountExport") { form in
        form.object("profile") { ProfileItem(account: $0.account, viewedBy: nil) }
        form.array("characters") { export in
            export.account.characters.map { MyCharacter(details: $0, imagesURL: export.imagesURL) }
        }
        form.array("sessions") { $0.sessions.map { SessionItem(session: $0) } }
        form.array("apiKeys") { $0.keys.map { KeyItem(key: $0) } }
        form.array("audit") { export in
            export.audit.map { MyAuditItem(record: $0, isByMe: $0.actor.accountID == export.account.rights.id) }
        }
    }

    static func read(_ principal: Principal, _ identity: IdentityParts) async throws -> MyExport {
        let id = principal.accountID
        return MyExport(
            account: try await OwnAccount.read(id, in: identity.database),
            sessions: try await identity.sessionList(of: principal),
            keys: try await identity.apiKeys.list(of: id, in: identity.database),
            audit: try await PostgresAuditLog(database: identity.database).records(
                concerning: id, before: nil, limit: mostAuditRecords), imagesURL: identity.imagesURL)
    }
}
