import Foundation
import KernelAPI

/// Roles on features, and superadmins.
struct RoleRoutes {
    let accounts: any AccountAdministration
    let features: any FeatureAdministration

    var routes: [Route] {
        [
            .put(
                "/admin/accounts/{id}/feature-roles", "Set an account's roles, all of them or one", policy: .anyFeature(.admin),
                problems: [.notFound, .conflict]
            ) { (input: AccountInput, body: RolesBody, request) in
                AccountItem(try await set(body, of: input.id, request))
            },
            .delete(
                "/admin/accounts/{id}/feature-roles/{featureKey}", "Take a role away",
                policy: .featureInPath("featureKey", .admin),
                problems: [.notFound]
            ) { (input: AccountRoleInput, request) in
                AccountItem(
                    try await accounts.setRole(
                        nil, on: input.feature, of: input.id, by: request.account, actor: request.actor))
            },
            .post(
                "/admin/accounts/{id}/superadmin", "Make an account a superadmin", policy: .superadmin,
                problems: [.notFound, .conflict]
            ) { (input: AccountInput, _: NoBody, request) in
                AccountItem(try await accounts.setSuperAdmin(true, of: input.id, by: request.account, actor: request.actor))
            },
            .delete(
                "/admin/accounts/{id}/superadmin", "Make a superadmin an ordinary account again", policy: .superadmin,
                problems: [.notFound, .conflict]
            ) { (input: AccountInput, request) in
                AccountItem(try await accounts.setSuperAdmin(false, of: input.id, by: request.account, actor: request.actor))
            },
            .get("/admin/roles/matrix", "What each role may do", policy: .anyFeature(.admin)) { (_: NoInput, _) in
                RoleMatrix(
                    features: try await features.features().compactMap { status in
                        status.declaration.map { FeatureTitle(key: status.plugin.rawValue, title: $0.title) }
                    })
            },
        ]
    }

    private func set(_ body: RolesBody, of id: UUID, _ request: Request) async throws -> AccountRecord {
        switch body.wish {
        case .all(let roles):
            return try await accounts.setRoles(roles, of: id, by: request.account, actor: request.actor)
        case .one(let feature, let role):
            return try await accounts.setRole(role, on: feature, of: id, by: request.account, actor: request.actor)
        }
    }
}

struct AccountRoleInput: RouteInput {
    let id: UUID
    let feature: FeatureKey

    init(_ parameters: inout ParameterReader) {
        id = parameters.pathUUID("id")
        feature = FeatureKey(rawValue: parameters.pathText("featureKey"))
    }
}

/// Either `{"roles": [{"featureKey", "roleKey"}...]}`, the whole list, or one pair `{"featureKey", "roleKey"}`.
struct RolesBody: RouteBody {
    enum Wish: Equatable {
        case all([FeatureKey: Role])
        case one(FeatureKey, Role)
    }

    let wish: Wish

    init(_ body: inout BodyReader) {
        let pairs: [RolePair] = body.list("roles", atMost: 100)
        let feature = body.optionalText("featureKey", length: 1...64)
        let word = body.optionalChoice("roleKey", of: RoleWord.self)
        if body.contains("roles") {
            if feature != nil || word != nil {
                body.fail("", "the body has either roles or one featureKey with its roleKey, not both")
            }
            var roles: [FeatureKey: Role] = [:]
            for pair in pairs {
                guard let role = pair.role else { continue }
                if roles.updateValue(role, forKey: pair.feature) != nil {
                    body.fail("roles", "names \(pair.feature) twice")
                }
            }
            wish = .all(roles)
        } else if let feature, let word {
            wish = .one(FeatureKey(rawValue: feature), word.role)
        } else {
            body.fail("", "the body needs roles (the whole list), or one featureKey with its roleKey")
            wish = .all([:])
        }
    }
}

/// One role in a list.
struct RolePair: RouteBody {
    let feature: FeatureKey
    let role: Role?

    init(_ body: inout BodyReader) {
        feature = FeatureKey(rawValue: body.text("featureKey", length: 1...64))
        role = body.choice("roleKey", of: RoleWord.self)?.role
    }
}
