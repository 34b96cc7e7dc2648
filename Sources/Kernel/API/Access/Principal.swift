public import struct Foundation.UUID

/// Who asks: an account with its rights at this moment, and how it proved who it is.
public struct Principal: Sendable, Hashable {
    /// How the account proved who it is.
    public enum Credential: Sendable, Hashable {
        /// A browser's cookie.
        case session(UUID)
        /// A program's key; it opens the routes of these features and nothing else.
        case apiKey(UUID, features: Set<FeatureKey>)
        /// A superadmin looks with the rights of this account: reading only.
        case viewAs(session: UUID, superadmin: UUID)
    }

    public let accountID: UUID
    public let displayName: String
    public let isSuperAdmin: Bool
    public let roles: [FeatureKey: Role]
    public let credential: Credential
    /// The EVE character that stands for the account; its corporation and alliance passed the organisation gate.
    public let primaryCharacterID: Int64?
    public let corporationID: Int64?
    public let allianceID: Int64?

    public init(
        accountID: UUID, displayName: String, isSuperAdmin: Bool, roles: [FeatureKey: Role], credential: Credential,
        primaryCharacterID: Int64? = nil, corporationID: Int64? = nil, allianceID: Int64? = nil
    ) {
        self.accountID = accountID
        self.displayName = displayName
        self.isSuperAdmin = isSuperAdmin
        self.roles = roles
        self.credential = credential
        self.primaryCharacterID = primaryCharacterID
        self.corporationID = corporationID
        self.allianceID = allianceID
    }

    /// True when this account's role on a feature is at least `role`; superadmins pass always.
    public func has(_ role: Role, on feature: FeatureKey) -> Bool { isSuperAdmin || roles[feature].map { $0 >= role } ?? false }

    /// Looks only: the rights are another's.
    public var isReadOnly: Bool { if case .viewAs = credential { true } else { false } }
}
