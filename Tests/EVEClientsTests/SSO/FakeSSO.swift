import AsyncHTTPClient
import EVE
import Foundation
import Synchronization
import Testing

@testable import EVEClients

/// A single sign-on on this machine whose endpoints answer as a test sets them; 404 until then.
final class FakeSSO: Sendable {
    private struct State {
        var answers: [String: ScriptedServer.Reply] = [:]
        var requests: [ScriptedServer.Received] = []
    }

    static let keys = "/sso/oauth/jwks"
    static let token = "/sso/v2/oauth/token"
    static let revoke = "/sso/v2/oauth/revoke"

    private let state = Mutex(State())
    let clock = StillClock()

    subscript(path: String) -> ScriptedServer.Reply? {
        get { state.withLock { $0.answers[path] } }
        set { state.withLock { $0.answers[path] = newValue } }
    }

    /// What came in on a path, oldest first.
    func requests(_ path: String) -> [ScriptedServer.Received] { state.withLock { $0.requests.filter { $0.path == path } } }

    /// The fields of a form that came in.
    func form(_ path: String) throws -> [String: String] {
        let body = try #require(requests(path).last).body
        let pairs = body.split(separator: "&").map { $0.split(separator: "=", omittingEmptySubsequences: false) }
        return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), $0[1].removingPercentEncoding ?? "") })
    }

    /// Starts one, hands it to `body` with a client for it, and stops it.
    static func run(
        secret: String? = nil, _ body: @Sendable (FakeSSO, SSOClient) async throws -> Void
    ) async throws {
        let sso = FakeSSO()
        try await ScriptedServer.run { request in
            sso.state.withLock { state in
                state.requests.append(request)
                return state.answers[request.path] ?? .text("<html>not found</html>", status: 404)
            }
        } _: { _, url, client in
            try await body(sso, try sso.client(url + "/sso", client, secret: secret))
        }
    }

    func client(_ url: String, _ client: HTTPClient, secret: String? = nil) throws -> SSOClient {
        let settings = try SSOSettings(
            baseURL: url, clientID: TestClaims.clientID, clientSecret: secret.map { SecretText($0) },
            callbackURL: "http://127.0.0.1:8080/auth/callback", timeout: .seconds(20))
        let time = try OutsideTime(
            baseURLs: [url], clock: clock, date: { Date(timeIntervalSince1970: Double(TestClaims.now)) }, random: { 0.5 })
        return SSOClient(settings: settings, client: client, identity: try .test, time: time)
    }
}

extension ScriptedServer.Reply {
    /// What the token endpoint answers.
    static func tokens(_ access: String, refresh: String? = nil) -> ScriptedServer.Reply {
        let refresh = refresh.map { "\"\($0)\"" } ?? "null"
        return .text(
            "{\"access_token\":\"\(access)\",\"expires_in\":1199,\"token_type\":\"Bearer\",\"refresh_token\":\(refresh)}",
            headers: ["Content-Type": "application/json"])
    }
}

/// Verifies a token and expects that it is rejected for a reason, or good without one.
func expect(
    _ client: SSOClient, _ token: String, _ expected: TokenRejection?, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    var rejection: TokenRejection?
    do {
        _ = try await client.verifier.verify(SecretText(token))
    } catch let error as SSOError {
        guard case .rejectedToken(let reason) = error.kind else { throw error }
        rejection = reason
    }
    #expect(rejection == expected, comment, sourceLocation: sourceLocation)
}
