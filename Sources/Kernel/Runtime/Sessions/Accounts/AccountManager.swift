import Foundation
import HTTPTypes
import KernelAPI

/// ``AccountAdministration`` on the database: every change locks the accounts that it is about, is judged by what they may do at
/// that moment, and is audited in the same transaction.
struct AccountManager: AccountAdministration {
    let database: any Database
    let clock: any WallClock
    let changes: AccountChanges
    let audit: any AuditTrail
    let sessions: Sessions
    let features: FeatureDirectory
    let mounted: MountedRoutes
    let cookies: @Sendable () throws -> Cookies

    var reader: AccountReader { AccountReader(clock: clock) }

    // MARK: Reading

    func accounts(_ filter: AccountFilter, after position: AccountPosition?, limit: Int) async throws -> [AccountRecord] {
        try await reader.accounts(filter, after: position, limit: limit, in: database)
    }

    func account(_ id: UUID) async throws -> AccountRecord { try await record(id, in: database) }

    func access(of id: UUID) async throws -> [RouteAccess] {
        guard let rights = try await AccountRights.of(id, in: database) else { throw Problem.noAccount }
        return AccessExplanation(rights: rights, gate: try await OrganisationGate.read(in: database)).routes(mounted.all)
    }

    private func record(_ id: UUID, in session: any SQLSession) async throws -> AccountRecord {
        guard let record = try await reader.account(id, in: session) else { throw Problem.noAccount }
        return record
    }

    // MARK: Changing

    /// What a change works with: both accounts as they are now, and nobody else changes them meanwhile.
    struct Scene {
        let transaction: any Transaction
        let actor: AccountRights
        let target: AccountRights

        /// - Throws: 403 when the rules forbid it.
        func require(_ change: RoleRules.Change) throws {
            guard let refusal = RoleRules.refusal(of: change, by: actor, on: target) else { return }
            throw Problem(.forbidden, Policy.Denial.insufficientRole.rawValue, refusal)
        }
    }

    func change<Value: Sendable>(
        _ name: StaticString, of id: UUID, by principal: Principal, _ body: @Sendable (Scene) async throws -> Value
    ) async throws -> Value {
        guard !principal.isReadOnly else {
            throw Problem(.forbidden, Policy.Denial.readOnly.rawValue, "Looking with another's rights, one changes nothing.")
        }
        return try await changes.make(name, concerning: [id]) { transaction in
            try await transaction.query(Self.lock, [principal.accountID, id])
            guard let actor = try await AccountRights.of(principal.accountID, in: transaction) else { throw Problem.notSignedIn }
            guard let target = try await AccountRights.of(id, in: transaction) else { throw Problem.noAccount }
            return try await body(Scene(transaction: transaction, actor: actor, target: target))
        }
    }

    func rename(_ id: UUID, to displayName: String, by principal: Principal, actor: AuditActor) async throws -> AccountRecord {
        guard DisplayName.isOne(displayName) else {
            throw Problem.invalidRequest([
                .init(pointer: "body/displayName", message: "displayName must be \(DisplayName.expected)")
            ])
        }
        return try await change("kernel.rename_account", of: id, by: principal) { scene in
            try scene.require(.rename)
            if displayName != scene.target.displayName {
                try await scene.transaction.query(Self.rename, id, displayName)
                let (old, new) = (scene.target.displayName, displayName)
                try await audit.record(
                    AuditEntry(
                        .settingsUpdated, account: id, by: actor, from: AuditEntry.document { $0.field("displayName", old) },
                        to: AuditEntry.document { $0.field("displayName", new) }), in: scene.transaction)
            }
            return try await record(id, in: scene.transaction)
        }
    }

    func block(_ id: UUID, reason: String, by principal: Principal, actor: AuditActor) async throws -> AccountRecord {
        try await change("kernel.block_account", of: id, by: principal) { scene in
            try scene.require(.block)
            try await block(id, reason: reason, by: actor, in: scene.transaction)
            return try await record(id, in: scene.transaction)
        }
    }

    func unblock(_ id: UUID, by principal: Principal, actor: AuditActor) async throws -> AccountRecord {
        try await change("kernel.unblock_account", of: id, by: principal) { scene in
            try scene.require(.unblock)
            try await unblock(id, by: actor, in: scene.transaction)
            return try await record(id, in: scene.transaction)
        }
    }

    func delete(_ id: UUID, by principal: Principal, actor: AuditActor) async throws {
        try await change("kernel.delete_account", of: id, by: principal) { scene in
            try scene.require(.delete)
            try await delete(scene.target, by: actor, in: scene.transaction)
        }
    }

    func setRole(
        _ role: Role?, on feature: FeatureKey, of id: UUID, by principal: Principal, actor: AuditActor
    ) async throws -> AccountRecord {
        try await change("kernel.set_role", of: id, by: principal) { scene in
            var roles = scene.target.roles
            roles[feature] = role
            try requireKnown([feature], of: scene.target)
            // Also when nothing changes: who may not is told so.
            try scene.require(.role(feature, from: scene.target.roles[feature], to: role))
            try await setRoles(roles, of: scene.target, by: actor, in: scene.transaction)
            return try await record(id, in: scene.transaction)
        }
    }

    func setRoles(
        _ roles: [FeatureKey: Role], of id: UUID, by principal: Principal, actor: AuditActor
    ) async throws -> AccountRecord {
        try await change("kernel.set_roles", of: id, by: principal) { scene in
            try requireKnown(Set(roles.keys), of: scene.target)
            for feature in Set(roles.keys).union(scene.target.roles.keys).sorted()
            where roles[feature] != scene.target.roles[feature] {
                try scene.require(.role(feature, from: scene.target.roles[feature], to: roles[feature]))
            }
            try await setRoles(roles, of: scene.target, by: actor, in: scene.transaction)
            return try await record(id, in: scene.transaction)
        }
    }

    func setSuperAdmin(
        _ isSuperAdmin: Bool, of id: UUID, by principal: Principal, actor: AuditActor
    ) async throws -> AccountRecord {
        try await change("kernel.set_superadmin", of: id, by: principal) { scene in
            try scene.require(.superAdmin(isSuperAdmin))
            try await setSuperAdmin(isSuperAdmin, of: scene.target, by: actor, in: scene.transaction)
            return try await record(id, in: scene.transaction)
        }
    }

    /// A role can be given on what exists; one on something that is gone can be taken away.
    private func requireKnown(_ keys: Set<FeatureKey>, of target: AccountRights) throws {
        for key in keys.sorted() where features.feature(key) == nil && target.roles[key] == nil {
            throw Problem.notFound("There is no feature \(key). There are: \(features.keyList).")
        }
    }

    // MARK: Looking with another's rights

    func view(as id: UUID, by principal: Principal, actor: AuditActor) async throws -> HTTPFields {
        guard let session = principal.ownSession?.id else { throw Problem.notSignedIn }
        let token = try await change("kernel.begin_view", of: id, by: principal) { scene in
            try scene.require(.view)
            let token = try await sessions.replace(session, viewAs: id, in: scene.transaction)
            try await audit.record(AuditEntry(.viewBegun, account: id, by: actor), in: scene.transaction)
            return token
        }
        return try answer(with: token)
    }

    func endView(by principal: Principal, actor: AuditActor) async throws -> HTTPFields {
        guard case .viewAs(let session, let superAdmin) = principal.credential else {
            throw Problem.conflict("not_viewing", "You are not looking with another's rights.")
        }
        let own = AuditActor(accountID: superAdmin, address: actor.address, userAgent: actor.userAgent)
        let token = try await changes.make("kernel.end_view", concerning: [superAdmin]) { transaction in
            let token = try await sessions.replace(session, viewAs: nil, in: transaction)
            try await audit.record(AuditEntry(.viewEnded, account: principal.accountID, by: own), in: transaction)
            return token
        }
        return try answer(with: token)
    }

    private func answer(with token: SecretToken?) throws -> HTTPFields {
        // Another request of the same session was quicker.
        guard let token else { throw Problem.conflict("session_changed", "The session has just changed. Try again.") }
        return [.setCookie: try cookies().set(session: token, for: sessions.lifetime).value]
    }

    // In the order of ids, so that two changes do not wait for each other.
    private static let lock = Statement(
        "kernel.lock_accounts", "SELECT id FROM kernel.account WHERE id = ANY ($1) ORDER BY id FOR UPDATE")
    static let rename = Statement("kernel.rename_account", "UPDATE kernel.account SET display_name = $2 WHERE id = $1")
}

extension FeatureDirectory {
    /// What people can have roles on, for messages.
    var keyList: String { features.map(\.plugin.rawValue).joined(separator: ", ") }
}

extension Problem {
    static let noAccount = Problem.notFound("There is no such account.")
    static let lastSuperAdmin = Problem.conflict(
        "last_superadmin", "This is the last superadmin: without one nobody could give rights any more. Make another first.")
}
