import Foundation
import HTTPTypes
import KernelAPI

/// A kind of person, as ``AuthorizationContract`` sends them to every door.
struct Persona: Sendable {
    enum Kind: Sendable, Hashable {
        case nobody
        case browser
        /// A program's key.
        case key(Set<FeatureKey>)
        /// A superadmin who looks with the persona's rights.
        case looking
        /// The account is blocked, though its session is not ended.
        case blocked
        /// The organisation gate keeps the primary character out.
        case denied
    }

    let name: String
    let kind: Kind
    let roles: [FeatureKey: Role]
    let isSuperAdmin: Bool
    private let feature: FeatureKey

    /// Whom the gate denies.
    static let deniedCorporation: Int64 = 98_666_666
    private static let elsewhere: FeatureKey = "another-feature"

    private init(
        _ name: String, _ kind: Kind = .browser, for feature: FeatureKey, roles: [FeatureKey: Role] = [:],
        isSuperAdmin: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.feature = feature
        self.roles = roles
        self.isSuperAdmin = isSuperAdmin
    }

    /// The rank on the route's own feature; 0 without a role.
    var rank: Int { roles[feature]?.rank ?? 0 }
    /// The highest on others.
    var rankElsewhere: Int { roles.filter { $0.key != feature }.values.map(\.rank).max() ?? 0 }

    /// - Parameter feature: the one that the route is about.
    static func all(for feature: FeatureKey) -> [Persona] {
        [
            Persona("nobody", .nobody, for: feature), Persona("no role", for: feature),
            Persona("admin of another feature", for: feature, roles: [elsewhere: .admin]),
        ]
            + Role.allCases.map { Persona($0.key, for: feature, roles: [feature: $0]) }
            + [
                Persona("superadmin", for: feature, isSuperAdmin: true),
                Persona("a key for the feature", .key([feature]), for: feature, roles: [feature: .admin]),
                Persona("a key for another feature", .key([elsewhere]), for: feature, roles: [feature: .admin]),
                Persona("a superadmin looking as an admin", .looking, for: feature, roles: [feature: .admin]),
                Persona("a blocked admin", .blocked, for: feature, roles: [feature: .admin]),
                Persona("a blocked superadmin", .blocked, for: feature, isSuperAdmin: true),
                Persona("an admin whom the gate denies", .denied, for: feature, roles: [feature: .admin]),
            ]
    }

    // MARK: Credentials

    /// Those of a new account in the database: handlers may end what they are asked with.
    func credentials(in kernel: TestKernel, _ method: HTTPRequest.Method) async throws -> HTTPFields {
        switch kind {
        case .nobody: return [:]
        case .looking:
            let viewed = try await kernel.person(name, roles: roles)
            return try await kernel.person("Superadmin", isSuperAdmin: true, lookingAs: viewed).headers(method)
        case .browser, .key, .blocked, .denied:
            let person = try await kernel.person(
                name, roles: roles, isSuperAdmin: isSuperAdmin, isBlocked: kind == .blocked,
                corporation: kind == .denied ? Self.deniedCorporation : 98_000_001)
            guard case .key(let features) = kind else { return person.headers(method) }
            return [.authorization: "Bearer \(try await person.makeKey(for: features.sorted()))"]
        }
    }

    /// Those of somebody who exists for this request only.
    func credentials(for authenticator: TestAuthenticator) -> HTTPFields {
        let credential: Principal.Credential
        switch kind {
        case .nobody: return [:]
        case .blocked: return refused(by: authenticator, "account_blocked")
        case .denied: return refused(by: authenticator, "organisation_denied")
        case .browser: credential = .session(UUID())
        case .key(let features): credential = .apiKey(UUID(), features: features)
        case .looking: credential = .viewAs(session: UUID(), superadmin: UUID())
        }
        let principal = Principal(
            accountID: UUID(), displayName: name, isSuperAdmin: isSuperAdmin, roles: roles, credential: credential)
        return [TestAuthenticator.field: authenticator.name(principal)]
    }

    private func refused(by authenticator: TestAuthenticator, _ code: String) -> HTTPFields {
        [TestAuthenticator.field: authenticator.name(refusedWith: Problem(.forbidden, code, "As the test says."))]
    }
}
