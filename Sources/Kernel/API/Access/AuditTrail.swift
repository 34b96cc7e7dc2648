/// Where every change by a person is written down, in the transaction that makes it. Nobody can change or delete a row.
public protocol AuditTrail: Sendable {
    func record(_ entry: AuditEntry, in transaction: any Transaction) async throws
}

/// One change: who did what to what, and what was before and after.
public struct AuditEntry: Sendable {
    public let actor: AuditActor
    public let action: AuditAction
    /// What was changed, as `kind:id`: `account:8a0f...`, `feature:battle-reports`.
    public let target: String
    /// JSON documents, without secrets; `nil` where there is no old or no new value.
    public let oldValue: [UInt8]?
    public let newValue: [UInt8]?

    public init(
        _ action: AuditAction, target: String, by actor: AuditActor, oldValue: [UInt8]? = nil, newValue: [UInt8]? = nil
    ) {
        self.actor = actor
        self.action = action
        self.target = target
        self.oldValue = oldValue
        self.newValue = newValue
    }
}

/// What was done: `role.granted`. The kernel's own are below; plugins add theirs.
public struct AuditAction: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }
}

extension AuditAction {
    public static let login: AuditAction = "account.login"
    public static let logout: AuditAction = "account.logout"
    public static let blocked: AuditAction = "account.blocked"
    public static let unblocked: AuditAction = "account.unblocked"
    public static let accountDeleted: AuditAction = "account.deleted"
    public static let superAdminPromoted: AuditAction = "account.superadmin.promoted"
    public static let superAdminDemoted: AuditAction = "account.superadmin.demoted"
    public static let primaryCharacterChanged: AuditAction = "account.primary_character_changed"
    /// A superadmin began or stopped to look with another account's rights.
    public static let viewBegun: AuditAction = "account.view.begun"
    public static let viewEnded: AuditAction = "account.view.ended"
    public static let keyCreated: AuditAction = "apikey.created"
    public static let keyRevoked: AuditAction = "apikey.revoked"
    public static let characterLinked: AuditAction = "character.linked"
    public static let characterUnlinked: AuditAction = "character.unlinked"
    /// A character came with another owner than before.
    public static let characterTransferred: AuditAction = "character.transferred"
    public static let roleGranted: AuditAction = "role.granted"
    public static let roleRevoked: AuditAction = "role.revoked"
    public static let roleChanged: AuditAction = "role.changed"
    public static let settingsUpdated: AuditAction = "settings.updated"
    public static let gateUpdated: AuditAction = "auth_config.updated"
    public static let featureEnabled: AuditAction = "feature.enabled"
    public static let featureDisabled: AuditAction = "feature.disabled"
    public static let rulesetUpdated: AuditAction = "ruleset.updated"
    public static let battleCorrected: AuditAction = "battle.corrected"
    public static let battlesReclustered: AuditAction = "battles.reclustered"
    public static let sessionInvalidated: AuditAction = "session.invalidated"
    public static let authorizationDenied: AuditAction = "authorization.denied"
}
