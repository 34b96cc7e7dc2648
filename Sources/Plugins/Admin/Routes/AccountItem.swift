import KernelAPI

/// An account as admins see it.
struct AccountItem: JSONRepresentable {
    let record: AccountRecord

    init(_ record: AccountRecord) { self.record = record }

    static let json = JSONForm<AccountItem>("Account") { form in
        form.uuid("id") { $0.record.id }
        form.text("displayName") { $0.record.displayName }
        form.boolean("isSuperAdmin") { $0.record.isSuperAdmin }
        form.boolean("isBlocked") { $0.record.isBlocked }
        form.text("blockedReason") { $0.record.blockedReason }
        form.array("featureRoles") { item in
            item.record.roles.sorted { $0.key < $1.key }.map { FeatureRoleItem(feature: $0.key, role: $0.value) }
        }
        form.array("characters", "The primary one first") { $0.record.characters.map { CharacterItem(character: $0) } }
        form.time("createdAt") { $0.record.createdAt }
        form.time("lastLoginAt") { $0.record.lastLoginAt }
        form.integer("activeSessions") { $0.record.activeSessions }
    }
}

/// A role on a feature.
struct FeatureRoleItem: JSONRepresentable {
    let feature: FeatureKey
    let role: Role

    static let json = JSONForm<FeatureRoleItem>("AccountFeatureRole") { form in
        form.text("featureKey") { $0.feature.rawValue }
        form.choice("roleKey") { RoleWord($0.role) }
        form.integer("roleRank") { $0.role.rank }
    }
}

/// A role by its word, for parameters and bodies.
enum RoleWord: String, CaseIterable {
    case user, fc, director, admin

    init(_ role: Role) {
        self =
            switch role {
            case .user: .user
            case .fc: .fc
            case .director: .director
            case .admin: .admin
            }
    }

    var role: Role {
        switch self {
        case .user: .user
        case .fc: .fc
        case .director: .director
        case .admin: .admin
        }
    }
}

/// An EVE character of an account.
struct CharacterItem: JSONRepresentable {
    let character: CharacterRecord

    static let json = JSONForm<CharacterItem>("AccountCharacter") { form in
        form.uuid("id") { $0.character.id }
        form.id("eveCharacterId") { $0.character.eveCharacterID }
        form.text("eveCharacterName") { $0.character.name }
        form.id("corpId") { $0.character.corporationID }
        form.text("corpName") { $0.character.corporationName }
        form.id("allianceId") { $0.character.allianceID }
        form.text("allianceName") { $0.character.allianceName }
        form.boolean("isPrimary") { $0.character.isPrimary }
    }
}

/// Whether an account may use a route.
struct AccessItem: JSONRepresentable {
    let access: RouteAccess

    static let json = JSONForm<AccessItem>("RouteAccess") { form in
        form.text("method") { $0.access.method }
        form.text("path") { $0.access.path }
        form.text("plugin") { $0.access.plugin }
        form.text("policy", "Who may, in words") { $0.access.policy }
        form.boolean("isAllowed") { $0.access.isAllowed }
        form.text("reason") { $0.access.reason }
    }
}
