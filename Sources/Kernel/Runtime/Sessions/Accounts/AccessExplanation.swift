import HTTPTypes
import KernelAPI

/// Why an account may use a route, or why not: the same questions that a request is asked, in words.
struct AccessExplanation {
    let rights: AccountRights
    let gate: OrganisationGate

    func routes(_ mounted: [MountedRoute]) -> [RouteAccess] {
        mounted.map { mounted in
            let (isAllowed, reason) = answer(mounted)
            return RouteAccess(
                method: mounted.route.method.rawValue, path: mounted.route.path, plugin: mounted.plugin.rawValue,
                policy: mounted.route.policy.description, isAllowed: isAllowed, reason: reason)
        }
    }

    private func answer(_ mounted: MountedRoute) -> (Bool, String) {
        if mounted.isDisabled { return (false, "\(mounted.plugin) is switched off, for everybody.") }
        let policy = mounted.route.policy
        if case .open = policy.rule { return (true, "Everybody may, without login.") }
        if rights.isBlocked { return (false, "The account is blocked.") }
        guard let primary = rights.primary else { return (false, "The account has no character.") }
        let verdict = gate.verdict(on: primary)
        guard verdict.isAllowed else { return (false, "The organisation gate says \(verdict.rawValue).") }
        if rights.isSuperAdmin { return (true, "A superadmin may do everything.") }
        return judged(policy)
    }

    private func judged(_ policy: Policy) -> (Bool, String) {
        switch policy.rule {
        case .open, .signedIn, .ownSession: return (true, "Every account may.")
        case .superadmin: return (false, "Only superadmins may, and the account is none.")
        case .feature(let key, let needed):
            let has = rights.roles[key].map { "The role on \(key) is \($0.key)" } ?? "There is no role on \(key)"
            return (rights.roles[key].map { $0 >= needed } ?? false, "\(has), \(needed.key) is needed.")
        case .anyFeature(let needed):
            let keys = features(with: needed)
            return keys.isEmpty
                ? (false, "There is no role of \(needed.key) or more on any feature.")
                : (true, "\(needed.key) or more on \(keys).")
        case .featureInPath(_, let needed):
            let keys = features(with: needed)
            return keys.isEmpty
                ? (false, "There is no role of \(needed.key) or more on any feature.") : (true, "For \(keys) only.")
        }
    }

    private func features(with needed: Role) -> String {
        rights.roles.filter { $0.value >= needed }.map(\.key.rawValue).sorted().joined(separator: ", ")
    }
}
