import Foundation
import HTTPTypes
import KernelAPI
package import KernelRuntime

/// Who gets through which door: every mounted route is asked by every kind of person, through the real dispatcher, and the
/// answer compared with what a table says of the route's policy.
package enum AuthorizationContract {
    /// Asks as people who have accounts, sessions and keys in the database.
    ///
    /// - Returns: complete sentences, one a breach.
    package static func complaints(of routes: [MountedRoute], in kernel: TestKernel) async throws -> [String] {
        try await kernel.execute(
            "UPDATE kernel.auth_config SET denied_corporations = '{\(Persona.deniedCorporation)}'")
        return try await complaints(of: routes) { persona, method, target in
            await kernel.send(method, target, headers: try await persona.credentials(in: kernel, method), as: nil)
        }
    }

    /// Asks as people who are invented for the moment: for routes that nothing but the test has mounted.
    package static func complaints(of routes: [MountedRoute]) async throws -> [String] {
        let authenticator = TestAuthenticator()
        var settings = HTTPSettings()
        settings.rates = .none
        let dispatcher = Dispatcher(
            mounted: MountedRoutes(routes), authenticator: authenticator, settings: settings, logger: TestKernel.silent)
        return try await complaints(of: routes) { persona, method, target in
            let answer = await dispatcher.answer(method, target, headers: persona.credentials(for: authenticator))
            return TestAnswer(status: answer.status.code, headers: answer.headers, body: answer.body)
        }
    }

    private static func complaints(
        of routes: [MountedRoute], _ ask: (Persona, HTTPRequest.Method, String) async throws -> TestAnswer
    ) async throws -> [String] {
        var found: [String] = []
        for route in routes.map(\.route) {
            for persona in Persona.all(for: feature(of: route)) {
                let answer = try await ask(persona, route.method, target(of: route))
                let code = answer.json["error"].text
                let got = isDenial(answer.status, code) ? "\(answer.status) \(code ?? "")" : "in"
                let expected = expectation(route, persona)
                if got != expected {
                    found.append("\(route.label), for \(route.policy): \(persona.name) got \(got), expected \(expected).")
                }
            }
        }
        return found
    }

    private static func isDenial(_ status: Int, _ code: String?) -> Bool {
        guard [401, 403].contains(status), let code else { return false }
        return Policy.Denial(rawValue: code) != nil || ["account_blocked", "organisation_denied"].contains(code)
    }

    /// The feature that a policy is about; for the others, any.
    private static func feature(of route: Route) -> FeatureKey {
        if case .feature(let key, _) = route.policy.rule { key } else { "test-feature" }
    }

    /// `in`, or status and code of the denial. Told anew, not asked of the policy: it is what is tested.
    private static func expectation(_ route: Route, _ persona: Persona) -> String {
        guard route.policy.rule != .open else { return "in" }
        switch persona.kind {
        case .nobody: return "401 not_signed_in"
        case .blocked: return "403 account_blocked"
        case .denied: return "403 organisation_denied"
        case .looking where route.method != .get && route.policy.rule != .ownSession: return "403 read_only_view"
        case .key(let features):
            guard case .feature(let key, _) = route.policy.rule, features.contains(key) else {
                return "403 api_key_not_valid_here"
            }
        case .browser, .looking: break
        }
        if persona.isSuperAdmin { return "in" }
        let isIn =
            switch route.policy.rule {
            case .open, .signedIn, .ownSession: true
            case .feature(_, let least), .featureInPath(_, let least): persona.rank >= least.rank
            case .anyFeature(let least): max(persona.rank, persona.rankElsewhere) >= least.rank
            case .superadmin: false
            }
        return isIn ? "in" : "403 insufficient_role"
    }

    /// The route's path with something in place of each parameter; what is not there is no denial.
    private static func target(of route: Route) -> String {
        var path = route.path
        for parameter in route.description.parameters() where parameter.place == .path {
            var value = "1"
            if case .text("uuid"?, _, _, _) = parameter.schema { value = "0f8fad5b-d9cb-469f-a165-70867728950e" }
            if case .featureInPath(parameter.name, _) = route.policy.rule { value = "test-feature" }
            path = path.replacing("{\(parameter.name)}", with: value)
        }
        return path
    }
}
