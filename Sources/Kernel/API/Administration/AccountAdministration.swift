public import struct Foundation.Date
public import struct Foundation.UUID
public import HTTPTypes

/// Accounts and their rights. Every change is judged by the rules of roles (`docs/access.md`), audited in its own transaction,
/// and acts on every pod within a second, on open streams too.
///
/// Changes throw ``Problem``: 404 for an unknown account or feature, 403 `insufficient_role` when the principal may not,
/// 409 `last_superadmin` for what would leave nobody in charge.
public protocol AccountAdministration: Sendable {
    /// Newest first.
    func accounts(_ filter: AccountFilter, after position: AccountPosition?, limit: Int) async throws -> [AccountRecord]
    func account(_ id: UUID) async throws -> AccountRecord

    func rename(_ id: UUID, to displayName: String, by principal: Principal, actor: AuditActor) async throws -> AccountRecord
    func block(_ id: UUID, reason: String, by principal: Principal, actor: AuditActor) async throws -> AccountRecord
    func unblock(_ id: UUID, by principal: Principal, actor: AuditActor) async throws -> AccountRecord
    func delete(_ id: UUID, by principal: Principal, actor: AuditActor) async throws

    /// Sets the role on one feature; `nil` takes it away.
    func setRole(
        _ role: Role?, on feature: FeatureKey, of id: UUID, by principal: Principal, actor: AuditActor
    ) async throws -> AccountRecord
    /// Sets all roles at once: what is not named is taken away.
    func setRoles(_ roles: [FeatureKey: Role], of id: UUID, by principal: Principal, actor: AuditActor) async throws
        -> AccountRecord
    func setSuperAdmin(_ isSuperAdmin: Bool, of id: UUID, by principal: Principal, actor: AuditActor) async throws
        -> AccountRecord

    /// What the account may do with each mounted route, and why.
    func access(of id: UUID) async throws -> [RouteAccess]

    /// Starts looking with another's rights, reading only; ``endView(by:actor:)`` goes back (``Policy/ownSession``).
    ///
    /// - Returns: what the answer must carry (``WithHeaders``): the session goes on under a new token.
    func view(as id: UUID, by principal: Principal, actor: AuditActor) async throws -> HTTPFields
    /// Back to one's own rights; 409 `not_viewing` when nothing is to be ended.
    ///
    /// - Returns: as ``view(as:by:actor:)``.
    func endView(by principal: Principal, actor: AuditActor) async throws -> HTTPFields
}

/// Which accounts.
public struct AccountFilter: Sendable, Hashable {
    public enum Status: String, Sendable, CaseIterable { case active, blocked }

    /// Part of a display name or of a character's name.
    public var query: String?
    public var status: Status?
    /// Accounts with a role on it, and at least `role` where that is given.
    public var feature: FeatureKey?
    public var role: Role?

    public init(query: String? = nil, status: Status? = nil, feature: FeatureKey? = nil, role: Role? = nil) {
        self.query = query
        self.status = status
        self.feature = feature
        self.role = role
    }
}

/// A place in the list of accounts.
public struct AccountPosition: Sendable, Hashable {
    public let createdAt: Date
    public let id: UUID
    public init(createdAt: Date, id: UUID) {
        self.createdAt = createdAt
        self.id = id
    }
}

/// An account as admins see it.
public struct AccountRecord: Sendable {
    public let id: UUID
    public let displayName: String
    public let isSuperAdmin: Bool
    public let isBlocked: Bool
    public let blockedReason: String?
    public let roles: [FeatureKey: Role]
    /// The primary one first.
    public let characters: [CharacterRecord]
    public let createdAt: Date
    public let lastLoginAt: Date?
    public let activeSessions: Int

    public init(
        id: UUID, displayName: String, isSuperAdmin: Bool, isBlocked: Bool, blockedReason: String?, roles: [FeatureKey: Role],
        characters: [CharacterRecord], createdAt: Date, lastLoginAt: Date?, activeSessions: Int
    ) {
        self.id = id
        self.displayName = displayName
        self.isSuperAdmin = isSuperAdmin
        self.isBlocked = isBlocked
        self.blockedReason = blockedReason
        self.roles = roles
        self.characters = characters
        self.createdAt = createdAt
        self.lastLoginAt = lastLoginAt
        self.activeSessions = activeSessions
    }
}

/// An EVE character of an account.
public struct CharacterRecord: Sendable, Hashable {
    public let id: UUID
    public let eveCharacterID: Int64
    public let name: String
    public let corporationID: Int64?
    public let corporationName: String?
    public let allianceID: Int64?
    public let allianceName: String?
    public let isPrimary: Bool

    public init(
        id: UUID, eveCharacterID: Int64, name: String, corporationID: Int64?, corporationName: String?, allianceID: Int64?,
        allianceName: String?, isPrimary: Bool
    ) {
        self.id = id
        self.eveCharacterID = eveCharacterID
        self.name = name
        self.corporationID = corporationID
        self.corporationName = corporationName
        self.allianceID = allianceID
        self.allianceName = allianceName
        self.isPrimary = isPrimary
    }
}

/// Whether an account may use a route.
public struct RouteAccess: Sendable {
    public let method: String
    public let path: String
    /// Whose route it is; `kernel` for the kernel's own.
    public let plugin: String
    /// `director of battle-reports`
    public let policy: String
    public let isAllowed: Bool
    /// One sentence: `The role on battle-reports is fc, director is needed.`
    public let reason: String

    public init(method: String, path: String, plugin: String, policy: String, isAllowed: Bool, reason: String) {
        self.method = method
        self.path = path
        self.plugin = plugin
        self.policy = policy
        self.isAllowed = isAllowed
        self.reason = reason
    }
}
