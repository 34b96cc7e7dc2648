import Foundation
import KernelAPI

/// `GET /me/stream`: what one may do and what stands in the menu, at once and whenever it changes.
///
/// Three events, each with everything that it is about: `session`, `roles`, `features`.
struct MeStream: Sendable {
    let database: any Database
    let clock: any WallClock
    let hub: ChangeHub
    let features: FeatureDirectory

    /// - Throws: 401 without a session.
    func stream(for principal: Principal) throws -> EventStream {
        guard let (session, owner) = principal.ownSession else { throw Problem.notSignedIn }
        return EventStream { sink in
            // Before the first look, so that no change falls between.
            let changes = hub.changes(of: [principal.accountID, owner])
            var shown = Shown()
            guard try await show(principal, session, &shown, sink) else { return }
            for await _ in changes { guard try await show(principal, session, &shown, sink) else { return } }
        }
    }

    /// What the client knows already.
    private struct Shown {
        var session: [UInt8] = []
        var roles: [UInt8] = []
        var features: [UInt8] = []
    }

    /// Sends what is new.
    ///
    /// - Returns: false when the session has ended, and with it the stream.
    private func show(
        _ principal: Principal, _ session: UUID, _ shown: inout Shown, _ sink: any EventSink
    ) async throws -> Bool {
        let expiresAt = try await expiry(of: session)
        guard let expiresAt, let rights = try await AccountRights.of(principal.accountID, in: database) else {
            try await sink.send(ServerSentEvent(name: "session", data: Self.ended))
            return false
        }
        let state = Self.session(expiresAt, principal.credential)
        if state != shown.session { try await sink.send(ServerSentEvent(name: "session", data: state)) }
        let roles = Self.roles(rights)
        if roles != shown.roles { try await sink.send(ServerSentEvent(name: "roles", data: roles)) }
        let menu = features(rights, principal.credential)
        if menu != shown.features { try await sink.send(ServerSentEvent(name: "features", data: menu)) }
        shown = Shown(session: state, roles: roles, features: menu)
        return true
    }

    /// - Returns: `nil` when it has ended, or goes on under another token.
    private func expiry(of session: UUID) async throws -> Date? {
        try await database.query(Self.selectSession, session, clock.now).first?.decode(0)
    }

    private static let ended = AuditEntry.document { $0.field("active", false) }

    private static func session(_ expiresAt: Date, _ credential: Principal.Credential) -> [UInt8] {
        var viewer: AccountID?
        if case .viewAs(_, let superAdmin) = credential { viewer = superAdmin }
        return AuditEntry.document { json in
            json.field("active", true)
            json.field("expiresAt", expiresAt)
            json.field("viewedBy", viewer?.uuidString.lowercased())
        }
    }

    private static func roles(_ rights: AccountRights) -> [UInt8] {
        AuditEntry.document { json in
            json.field("isSuperAdmin", rights.isSuperAdmin)
            json.array("featureRoles", FeatureRoleEntry.list(of: rights)) { FeatureRoleEntry.json.write($1, to: &$0) }
        }
    }

    private func features(_ rights: AccountRights, _ credential: Principal.Credential) -> [UInt8] {
        AuditEntry.document { json in
            json.array("features", features.features.map { FeatureAccess($0, for: rights) }) {
                FeatureAccess.json.write($1, to: &$0)
            }
            json.array("menu", MenuItem.list(features.menu, for: rights.principal(by: credential))) {
                MenuItem.json.write($1, to: &$0)
            }
        }
    }

    private static let selectSession = Statement(
        "kernel.select_session_expiry",
        "SELECT expires_at FROM kernel.session WHERE id = $1 AND ended_at IS NULL AND expires_at > $2 AND replaced_by IS NULL")
}
