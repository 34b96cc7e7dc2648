import KernelAPI

/// What each role may do: the table that an admin looks at before giving one.
struct RoleMatrix: JSONRepresentable {
    let features: [FeatureTitle]

    static let json = JSONForm<RoleMatrix>("RoleMatrix") { form in
        form.array("features") { $0.features }
        form.array("roles") { _ in Role.allCases.map { RoleItem(role: $0) } }
        form.array("actions") { _ in ActionItem.all }
    }
}

/// A feature that has roles.
struct FeatureTitle: JSONRepresentable {
    let key: String
    let title: String

    static let json = JSONForm<FeatureTitle>("FeatureTitle") { form in
        form.text("key") { $0.key }
        form.text("title") { $0.title }
    }
}

struct RoleItem: JSONRepresentable {
    let role: Role

    static let json = JSONForm<RoleItem>("Role") { form in
        form.choice("key") { RoleWord($0.role) }
        form.integer("rank") { $0.role.rank }
    }
}

/// An action and the least role for it.
struct ActionItem: JSONRepresentable {
    let action: String
    /// `nil`: superadmins only.
    let least: Role?
    let scope: String

    static let json = JSONForm<ActionItem>("RoleAction") { form in
        form.text("action") { $0.action }
        form.choice("leastRole", "null: superadmins only") { $0.least.map { RoleWord($0) } }
        form.text("scope", "On which feature the role counts") { $0.scope }
    }

    static let all = [
        ActionItem(action: "feature.view", least: .user, scope: "that feature"),
        ActionItem(action: "feature.create", least: .fc, scope: "that feature"),
        ActionItem(action: "feature.edit.any", least: .director, scope: "that feature"),
        ActionItem(action: "feature.settings.read", least: .director, scope: "that feature"),
        ActionItem(action: "feature.settings.update", least: .director, scope: "that feature"),
        ActionItem(action: "feature.roles.manage", least: .admin, scope: "that feature, up to the own rank"),
        ActionItem(action: "feature.switch", least: .admin, scope: "that feature"),
        ActionItem(action: "user.manage", least: .admin, scope: "any feature; never a superadmin, never oneself"),
        ActionItem(action: "user.block", least: .admin, scope: "any feature; never a superadmin, never oneself"),
        ActionItem(action: "everything else", least: nil, scope: "everything"),
    ]
}
