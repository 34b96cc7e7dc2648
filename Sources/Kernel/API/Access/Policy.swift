/// Who may use a route. Every route has one; the kernel judges it before the request's body is read.
///
/// ```swift
/// .get("/battles", "Battles, newest first", policy: .feature("battle-reports", .user)) { ... }
/// ```
public struct Policy: Sendable, Hashable {
    public enum Rule: Sendable, Hashable {
        case open
        case signedIn
        case ownSession
        case feature(FeatureKey, atLeast: Role)
        case featureInPath(parameter: String, atLeast: Role)
        case anyFeature(atLeast: Role)
        case superadmin
    }

    public let rule: Rule

    /// Everybody, without login. For the kernel's few open doors and static files; the reason stands beside it in the code.
    public static func open(because reason: StaticString) -> Policy { Policy(rule: .open) }
    /// Every account that is not blocked and passes the organisation gate. Not with an API key.
    public static let signedIn = Policy(rule: .signedIn)
    /// The same, also while looking with another account's rights: for what concerns the session itself, such as ending it.
    public static let ownSession = Policy(rule: .ownSession)
    /// A role of at least this rank on a feature. The only policy that API keys open.
    public static func feature(_ key: FeatureKey, _ role: Role) -> Policy { Policy(rule: .feature(key, atLeast: role)) }
    /// The same on the feature that a path parameter names: `PUT /admin/features/{key}`.
    public static func featureInPath(_ parameter: String, _ role: Role) -> Policy {
        Policy(rule: .featureInPath(parameter: parameter, atLeast: role))
    }
    /// A role of at least this rank on any feature.
    public static func anyFeature(_ role: Role) -> Policy { Policy(rule: .anyFeature(atLeast: role)) }
    public static let superadmin = Policy(rule: .superadmin)

    /// Why somebody may not.
    public enum Denial: String, Sendable, Hashable, CaseIterable {
        /// 401: nobody is logged in.
        case notSignedIn = "not_signed_in"
        /// 403: the account's role is too low.
        case insufficientRole = "insufficient_role"
        /// 403: the API key does not cover this feature, or the route takes no API key.
        case keyNotValidHere = "api_key_not_valid_here"
        /// 403: viewing as another account, one only looks.
        case readOnly = "read_only_view"
    }

    /// - Parameters:
    ///   - principal: who asks; `nil` for nobody.
    ///   - pathParameters: of the request, for ``featureInPath(_:_:)``.
    ///   - changes: whether the method is one that changes something.
    /// - Returns: why not; `nil` when it is allowed.
    public func denial(of principal: Principal?, pathParameters: [String: String] = [:], changes: Bool) -> Denial? {
        if case .open = rule { return nil }
        guard let principal else { return .notSignedIn }
        if principal.isReadOnly, changes, rule != .ownSession { return .readOnly }
        if case .apiKey(_, let features) = principal.credential {
            guard case .feature(let key, _) = rule, features.contains(key) else { return .keyNotValidHere }
        }
        return isMet(by: principal, pathParameters) ? nil : .insufficientRole
    }

    private func isMet(by principal: Principal, _ pathParameters: [String: String]) -> Bool {
        if principal.isSuperAdmin { return true }
        switch rule {
        case .open, .signedIn, .ownSession: return true
        case .feature(let key, let role): return principal.has(role, on: key)
        case .featureInPath(let parameter, let role):
            return pathParameters[parameter].map { principal.has(role, on: FeatureKey(rawValue: $0)) } ?? false
        case .anyFeature(let role): return principal.roles.values.contains { $0 >= role }
        case .superadmin: return false
        }
    }
}

extension Policy: CustomStringConvertible {
    /// For people: `director of battle-reports`.
    public var description: String {
        switch rule {
        case .open: "everybody"
        case .signedIn, .ownSession: "every account"
        case .feature(let key, let role): "\(role.key) of \(key)"
        case .featureInPath(let parameter, let role): "\(role.key) of the feature named by {\(parameter)}"
        case .anyFeature(let role): "\(role.key) of any feature"
        case .superadmin: "superadmin"
        }
    }
}
