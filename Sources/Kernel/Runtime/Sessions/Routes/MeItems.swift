import Foundation
import KernelAPI

/// `GET /me`: who one is and what one may do.
struct MeItem: JSONRepresentable {
    let account: OwnAccount
    let features: [FeatureDirectory.Entry]
    let imagesURL: String

    static let json = JSONForm<MeItem>("Me") { form in
        form.uuid("accountId") { $0.account.rights.id }
        form.text("displayName") { $0.account.rights.displayName }
        form.text("email") { $0.account.email }
        form.boolean("isSuperAdmin") { $0.account.rights.isSuperAdmin }
        form.object("primaryCharacter") { me in me.characters.first { $0.details.record.isPrimary } }
        form.array("characters", "The primary one first") { $0.characters }
        form.array("featureRoles") { FeatureRoleEntry.list(of: $0.account.rights) }
        form.array("features") { me in me.features.map { FeatureAccess($0, for: me.account.rights) } }
    }

    private var characters: [MyCharacter] {
        account.characters.map { MyCharacter(details: $0, imagesURL: imagesURL) }
    }
}

/// `GET /me/profile`: the same person with dates, and who really looks.
struct ProfileItem: JSONRepresentable {
    let account: OwnAccount
    /// The superadmin who looks with this account's rights.
    let viewedBy: AccountID?

    static let json = JSONForm<ProfileItem>("Profile") { form in
        form.uuid("accountId") { $0.account.rights.id }
        form.text("displayName") { $0.account.rights.displayName }
        form.text("email") { $0.account.email }
        form.boolean("isSuperAdmin") { $0.account.rights.isSuperAdmin }
        form.array("featureRoles") { FeatureRoleEntry.list(of: $0.account.rights) }
        form.integer("characterCount") { $0.account.characters.count }
        form.time("createdAt") { $0.account.createdAt }
        form.time("lastLoginAt") { $0.account.lastLoginAt }
        form.uuid("viewedBy", "The superadmin who looks with this account's rights; null when nobody does") { $0.viewedBy }
    }
}

/// One of one's own characters.
struct MyCharacter: JSONRepresentable {
    let details: CharacterDetails
    let imagesURL: String

    static let json = JSONForm<MyCharacter>("MyCharacter") { form in
        form.uuid("id") { $0.details.record.id }
        form.id("eveCharacterId") { $0.details.record.eveCharacterID }
        form.text("eveCharacterName") { $0.details.record.name }
        form.id("corpId") { $0.details.record.corporationID }
        form.text("corpName") { $0.details.record.corporationName }
        form.id("allianceId") { $0.details.record.allianceID }
        form.text("allianceName") { $0.details.record.allianceName }
        form.text("portraitUrl") { "\($0.imagesURL)/characters/\($0.details.record.eveCharacterID)/portrait?size=128" }
        form.texts("scopes") { $0.details.scopes }
        form.text("tokenStatus", "Whether the last refresh worked: none, valid, failing or revoked") { $0.details.tokenStatus }
        form.time("lastVerifiedAt") { $0.details.lastVerifiedAt }
    }
}

/// A role on a feature.
struct FeatureRoleEntry: JSONRepresentable {
    let feature: FeatureKey
    let role: Role

    static let json = JSONForm<FeatureRoleEntry>("FeatureRole") { form in
        form.text("featureKey") { $0.feature.rawValue }
        form.text("roleKey") { $0.role.key }
        form.integer("roleRank") { $0.role.rank }
    }

    static func list(of rights: AccountRights) -> [FeatureRoleEntry] {
        rights.roles.sorted { $0.key < $1.key }.map { FeatureRoleEntry(feature: $0.key, role: $0.value) }
    }
}

/// A feature, and whether one may use it.
struct FeatureAccess: JSONRepresentable {
    let key: String
    let isEnabled: Bool
    let hasAccess: Bool

    init(_ feature: FeatureDirectory.Entry, for rights: AccountRights) {
        key = feature.plugin.rawValue
        isEnabled = feature.isEnabled
        hasAccess = rights.isSuperAdmin || rights.roles[FeatureKey(feature.plugin)] != nil
    }

    static let json = JSONForm<FeatureAccess>("FeatureAccess") { form in
        form.text("key") { $0.key }
        form.boolean("enabled") { $0.isEnabled }
        form.boolean("access", "Whether the account has a role on it") { $0.hasAccess }
    }
}

/// An entry of the menu that one may open.
struct MenuItem: JSONRepresentable {
    let title: String
    let path: String

    static let json = JSONForm<MenuItem>("MenuItem") { form in
        form.text("title") { $0.title }
        form.text("path") { $0.path }
    }

    /// The entries whose routes the account may use.
    static func list(_ menu: [MenuEntry], for principal: Principal) -> [MenuItem] {
        menu.filter { $0.policy.denial(of: principal, changes: false) == nil }.map { MenuItem(title: $0.title, path: $0.path) }
    }
}

/// One of one's own sessions.
struct SessionItem: JSONRepresentable {
    let session: OwnSession

    static let json = JSONForm<SessionItem>("Session") { form in
        form.uuid("id") { $0.session.id }
        form.time("createdAt") { $0.session.createdAt }
        form.time("lastSeenAt", "At most a minute behind") { $0.session.lastSeenAt }
        form.time("expiresAt") { $0.session.expiresAt }
        form.text("ip") { $0.session.address }
        form.text("userAgent") { $0.session.userAgent }
        form.boolean("isCurrent") { $0.session.isCurrent }
    }
}

/// One of one's own API keys.
struct KeyItem: JSONRepresentable {
    let key: APIKeys.Listed

    static let json = JSONForm<KeyItem>("APIKey") { form in
        form.uuid("id") { $0.key.id }
        form.text("name") { $0.key.name }
        form.texts("features") { $0.key.features }
        form.time("createdAt") { $0.key.createdAt }
        form.time("expiresAt") { $0.key.expiresAt }
        form.time("lastUsedAt", "At most a minute behind") { $0.key.lastUsedAt }
    }
}

/// A new key, with the only sight of it.
struct NewKeyItem: JSONRepresentable {
    let key: APIKeys.Listed
    let secret: SecretToken

    static let json = JSONForm<NewKeyItem>("NewAPIKey") { form in
        form.uuid("id") { $0.key.id }
        form.text("key", "Shown this once; sent as Authorization: Bearer bsk_...") { $0.secret.text }
        form.text("name") { $0.key.name }
        form.texts("features") { $0.key.features }
        form.time("createdAt") { $0.key.createdAt }
        form.time("expiresAt") { $0.key.expiresAt }
    }
}

/// A line of the audit log that concerns oneself. Where others were when they did it is not one's business.
struct MyAuditItem: JSONRepresentable {
    let record: AuditRecord
    let isByMe: Bool

    static let json = JSONForm<MyAuditItem>("MyAuditRecord") { form in
        form.id("number") { $0.record.number }
        form.time("time") { $0.record.time }
        form.text("action") { $0.record.action.rawValue }
        form.text("target") { $0.record.target }
        form.boolean("isByMe") { $0.isByMe }
        form.text("actorName") { $0.record.actorName }
        form.text("ip") { $0.isByMe ? $0.record.actor.address : nil }
        form.text("userAgent") { $0.isByMe ? $0.record.actor.userAgent : nil }
        form.document("oldValue") { $0.record.oldValue }
        form.document("newValue") { $0.record.newValue }
    }
}

/// Where to send the browser.
struct RedirectItem: JSONRepresentable {
    let url: String

    static let json = JSONForm<RedirectItem>("Redirect") { form in form.text("redirectUrl") { $0.url } }
}
