package import Foundation
import HTTPTypes
import KernelAPI
package import KernelRuntime

/// Who gets through which door: every mounted route is asked by every kind of person, through the real dispatcher, and the
/// answer compared with what a table says of the route's policy.
package enum AuthorizationContract {
    /// A kind of person.
    struct Persona: Sendable {
        let name: String
        /// `nil`: nobody is logged in.
        let principal: Principal?
        /// The role on the route's own feature.
        var role: Role?
    }

    /// - Parameter account: whose id people have, asked for each request: handlers may want an account that exists.
    /// - Returns: complete sentences, one a breach.
    package static func complaints(
        of routes: [MountedRoute], account: @Sendable () async throws -> UUID = { UUID() }
    ) async throws -> [String] {
        let authenticator = TestAuthenticator()
        var settings = HTTPSettings()
        settings.rates = .none
        let dispatcher = Dispatcher(
            mounted: MountedRoutes(routes), authenticator: authenticator, settings: settings, logger: TestKernel.silent)
        var found: [String] = []
        for mounted in routes {
            for persona in personas(of: mounted.route) {
                let principal = try await persona.principal?.withID(account())
                var headers: HTTPFields = [:]
                headers[TestAuthenticator.field] = principal.map { authenticator.name($0) }
                let answer = await dispatcher.answer(mounted.route.method, target(of: mounted.route), headers: headers)
                let code = (try? JSON(answer.body))?["error"].text
                let isDenial = [401, 403].contains(answer.status.code) && code.flatMap { Policy.Denial(rawValue: $0) } != nil
                let got = isDenial ? "\(answer.status.code) \(code ?? "")" : "in"
                let expected = expectation(mounted.route, persona)
                if got != expected {
                    found.append(
                        "\(mounted.route.label), for \(mounted.route.policy): \(persona.name) got \(got), expected \(expected).")
                }
            }
        }
        return found
    }

    /// The feature that a policy is about; for the others, any.
    private static func feature(of route: Route) -> FeatureKey {
        if case .feature(let key, _) = route.policy.rule { key } else { "test-feature" }
    }

    static func personas(of route: Route) -> [Persona] {
        let feature = feature(of: route)
        let elsewhere: FeatureKey = "another-feature"
        func key(_ features: Set<FeatureKey>, _ roles: [FeatureKey: Role]) -> Principal {
            Principal(
                accountID: UUID(), displayName: "Key", isSuperAdmin: false, roles: roles,
                credential: .apiKey(UUID(), features: features))
        }
        let looking = Principal(
            accountID: UUID(), displayName: "Looking", isSuperAdmin: false, roles: [feature: .admin],
            credential: .viewAs(session: UUID(), superadmin: UUID()))
        return [
            Persona(name: "nobody", principal: nil), Persona(name: "no role", principal: .test()),
            Persona(name: "admin of another feature", principal: .test(roles: [elsewhere: .admin])),
        ]
            + Role.allCases.map { Persona(name: $0.key, principal: .test(roles: [feature: $0]), role: $0) }
            + [
                Persona(name: "superadmin", principal: .superAdmin),
                Persona(name: "a key for the feature", principal: key([feature], [feature: .admin]), role: .admin),
                Persona(name: "a key for another feature", principal: key([elsewhere], [feature: .admin]), role: .admin),
                Persona(name: "a superadmin looking as an admin", principal: looking, role: .admin),
            ]
    }

    /// `in`, or status and code of the denial. Told anew, not asked of the policy: it is what is tested.
    static func expectation(_ route: Route, _ persona: Persona) -> String {
        let rank = persona.role?.rank ?? 0
        let isAdminElsewhere = persona.name == "admin of another feature"
        guard route.policy.rule != .open else { return "in" }
        guard let principal = persona.principal else { return "401 not_signed_in" }
        if principal.isReadOnly, route.method != .get, route.policy.rule != .ownSession { return "403 read_only_view" }
        if persona.name == "a key for another feature" { return "403 api_key_not_valid_here" }
        if persona.name == "a key for the feature" {
            guard case .feature = route.policy.rule else { return "403 api_key_not_valid_here" }
        }
        if persona.name == "superadmin" { return "in" }
        let isIn =
            switch route.policy.rule {
            case .open, .signedIn, .ownSession: true
            case .feature(_, let least), .featureInPath(_, let least): rank >= least.rank
            case .anyFeature(let least): rank >= least.rank || isAdminElsewhere
            case .superadmin: false
            }
        return isIn ? "in" : "403 insufficient_role"
    }

    /// The route's path with something in place of each parameter; what is not there is no denial.
    private static func target(of route: Route) -> String {
        var path = route.path
        for parameter in route.description.parameters() where parameter.place == .path {
            var value = "1"
            if case .text("uuid"?, _, _) = parameter.schema { value = "0f8fad5b-d9cb-469f-a165-70867728950e" }
            if case .featureInPath(parameter.name, _) = route.policy.rule { value = "test-feature" }
            path = path.replacing("{\(parameter.name)}", with: value)
        }
        return path
    }
}

extension Principal {
    fileprivate func withID(_ id: UUID) -> Principal {
        Principal(
            accountID: id, displayName: displayName, isSuperAdmin: isSuperAdmin, roles: roles, credential: credential,
            primaryCharacterID: primaryCharacterID, corporationID: corporationID, allianceID: allianceID)
    }
}
