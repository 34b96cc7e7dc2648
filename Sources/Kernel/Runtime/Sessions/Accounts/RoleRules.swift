import KernelAPI

/// Who may do what to whose account: the table in `docs/access.md`, and nothing of databases.
enum RoleRules {
    enum Change: Sendable, Hashable {
        case rename
        case block
        case unblock
        case delete
        /// From what it is now to what it shall be; `nil` is no role.
        case role(FeatureKey, from: Role?, to: Role?)
        case superAdmin(Bool)
        case view
    }

    /// - Returns: why not, as a sentence; `nil` when it is allowed.
    static func refusal(of change: Change, by actor: AccountRights, on target: AccountRights) -> String? {
        if actor.isBlocked { return "A blocked account changes nothing." }
        let isOneself = actor.id == target.id
        switch change {
        case .superAdmin: return actor.isSuperAdmin ? nil : "Only a superadmin makes superadmins."
        case .view:
            if !actor.isSuperAdmin { return "Only a superadmin looks with another's rights." }
            if isOneself || target.isSuperAdmin { return "One looks with lower rights than one's own." }
            return nil
        case .role(let feature, let old, let new): return role(feature, old, new, actor, target)
        case .delete:
            if !actor.isSuperAdmin { return "Only a superadmin deletes accounts." }
            return protected(target, isOneself)
        case .rename where actor.isSuperAdmin: return nil
        case .rename, .block, .unblock:
            guard actor.isSuperAdmin || actor.roles.values.contains(.admin) else { return "This needs admin of any feature." }
            return protected(target, isOneself)
        }
    }

    /// What nobody does to a superadmin, or to oneself.
    private static func protected(_ target: AccountRights, _ isOneself: Bool) -> String? {
        if isOneself { return "Nobody does this to their own account." }
        return target.isSuperAdmin ? "This is not done to a superadmin. Take that away first." : nil
    }

    private static func role(
        _ feature: FeatureKey, _ old: Role?, _ new: Role?, _ actor: AccountRights, _ target: AccountRights
    ) -> String? {
        if actor.isSuperAdmin { return nil }
        guard let own = actor.roles[feature], own >= .admin else { return "This needs admin of \(feature)." }
        if actor.id == target.id { return "Nobody changes their own roles." }
        if target.isSuperAdmin { return "Only a superadmin changes a superadmin's roles." }
        let highest = [old, new].compactMap(\.self).max()
        return highest.map { $0 > own } ?? false ? "One gives and takes roles up to one's own." : nil
    }
}
