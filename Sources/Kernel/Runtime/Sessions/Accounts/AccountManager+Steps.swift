import Foundation
import KernelAPI

/// The steps that changes are made of, for admins, for people themselves and for the command line. The rules have been asked
/// before, and the accounts are locked.
extension AccountManager {
    func block(_ id: AccountID, reason: String, by actor: AuditActor, in transaction: any Transaction) async throws {
        let changed = try await transaction.query(Self.block, id, clock.now, actor.accountID, reason).affectedRows > 0
        guard changed else { return }
        try await sessions.endAll(of: [id], in: transaction)
        let document = AuditEntry.document { $0.field("reason", reason) }
        try await audit.record(AuditEntry(.blocked, account: id, by: actor, to: document), in: transaction)
    }

    func unblock(_ id: AccountID, by actor: AuditActor, in transaction: any Transaction) async throws {
        guard try await transaction.query(Self.unblock, id).affectedRows > 0 else { return }
        try await audit.record(AuditEntry(.unblocked, account: id, by: actor), in: transaction)
    }

    /// Its characters, roles, sessions and keys go with it; the audit log stays.
    func delete(_ account: AccountRights, by actor: AuditActor, in transaction: any Transaction) async throws {
        if account.isSuperAdmin { try await requireAnotherSuperAdmin(than: account.id, in: transaction) }
        let document = AuditEntry.document { $0.field("displayName", account.displayName) }
        try await audit.record(AuditEntry(.accountDeleted, account: account.id, by: actor, from: document), in: transaction)
        try await transaction.query(Self.delete, account.id)
    }

    func setRoles(
        _ roles: [FeatureKey: Role], of account: AccountRights, by actor: AuditActor, in transaction: any Transaction
    ) async throws {
        var hasRisen = false
        for feature in Set(roles.keys).union(account.roles.keys).sorted() where roles[feature] != account.roles[feature] {
            let (old, new) = (account.roles[feature], roles[feature])
            if let new {
                try await transaction.query(Self.grant, account.id, feature.rawValue, Int16(new.rank), clock.now, actor.accountID)
            } else {
                try await transaction.query(Self.revoke, account.id, feature.rawValue)
            }
            let isMore = new.map { new in old.map { $0 < new } ?? true } ?? false
            hasRisen = hasRisen || isMore
            func document(_ role: Role) -> [UInt8] {
                AuditEntry.document { json in
                    json.field("featureKey", feature.rawValue)
                    json.field("roleKey", role.key)
                }
            }
            let action: AuditAction = old == nil ? .roleGranted : new == nil ? .roleRevoked : .roleChanged
            try await audit.record(
                AuditEntry(action, account: account.id, by: actor, from: old.map(document), to: new.map(document)),
                in: transaction)
        }
        if hasRisen { try await sessions.renewAll(of: account.id, in: transaction) }
    }

    func setSuperAdmin(
        _ isSuperAdmin: Bool, of account: AccountRights, by actor: AuditActor, in transaction: any Transaction
    ) async throws {
        guard isSuperAdmin != account.isSuperAdmin else { return }
        if isSuperAdmin {
            guard !account.isBlocked else {
                throw Problem.conflict("account_is_blocked", "A blocked account cannot be made a superadmin. Unblock it first.")
            }
            try await sessions.renewAll(of: account.id, in: transaction)
            // Nobody looks with a superadmin's rights.
            try await transaction.query(Self.endViewsOf, account.id, clock.now)
        } else {
            try await requireAnotherSuperAdmin(than: account.id, in: transaction)
            try await sessions.endViews(by: account.id, in: transaction)
        }
        try await transaction.query(Self.setSuperAdmin, account.id, isSuperAdmin)
        try await audit.record(
            AuditEntry(isSuperAdmin ? .superAdminPromoted : .superAdminDemoted, account: account.id, by: actor), in: transaction)
    }

    /// Somebody must stay who can log in and give rights.
    private func requireAnotherSuperAdmin(than id: AccountID, in transaction: any Transaction) async throws {
        // Two superadmins who leave at the same time would each count the other.
        try await transaction.query(Self.lockSuperAdmins)
        guard try await transaction.query(Self.countOtherSuperAdmins, id).scalar(Int.self) > 0 else {
            throw Problem.lastSuperAdmin
        }
    }

    private static let block = Statement(
        "kernel.block_account",
        "UPDATE kernel.account SET blocked_at = $2, blocked_by = $3, blocked_reason = $4 WHERE id = $1 AND blocked_at IS NULL")
    private static let unblock = Statement(
        "kernel.unblock_account",
        """
        UPDATE kernel.account SET blocked_at = NULL, blocked_by = NULL, blocked_reason = NULL
        WHERE id = $1 AND blocked_at IS NOT NULL
        """)
    private static let delete = Statement("kernel.delete_account", "DELETE FROM kernel.account WHERE id = $1")
    private static let grant = Statement(
        "kernel.grant_role",
        """
        INSERT INTO kernel.feature_role (account, feature, rank, granted_at, granted_by) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (account, feature) DO UPDATE
        SET rank = excluded.rank, granted_at = excluded.granted_at, granted_by = excluded.granted_by
        """)
    private static let revoke = Statement(
        "kernel.revoke_role", "DELETE FROM kernel.feature_role WHERE account = $1 AND feature = $2")
    private static let setSuperAdmin = Statement(
        "kernel.set_superadmin", "UPDATE kernel.account SET is_superadmin = $2 WHERE id = $1")
    private static let endViewsOf = Statement(
        "kernel.end_views_of", "UPDATE kernel.session SET ended_at = $2 WHERE view_as = $1 AND ended_at IS NULL")
    // The number is arbitrary, and the same in every version.
    private static let lockSuperAdmins = Statement(
        "kernel.lock_superadmins", "SELECT pg_advisory_xact_lock(7355608002)")
    private static let countOtherSuperAdmins = Statement(
        "kernel.count_superadmins",
        """
        SELECT count(*) FROM kernel.account
        WHERE is_superadmin AND blocked_at IS NULL AND primary_character IS NOT NULL AND id <> $1
        """)
}
