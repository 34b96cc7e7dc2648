public import AsyncHTTPClient
public import EVE
import Foundation

/// EVE's single sign-on, version 2. The access token is a JWT and says all there is to know: no other endpoint is asked.
public struct SSOClient: SingleSignOn {
    static let longestCode = 4_096

    private let settings: SSOSettings
    private let time: OutsideTime
    private let transport: SSOTransport
    private let keys: SigningKeys
    let verifier: TokenVerifier

    /// - Parameter time: must have been checked against the settings' base URL.
    public init(settings: SSOSettings, client: HTTPClient, identity: OutsideIdentity, time: OutsideTime) {
        self.settings = settings
        self.time = time
        transport = SSOTransport(settings: settings, client: client, identity: identity, time: time)
        keys = SigningKeys(transport: transport, time: time)
        verifier = TokenVerifier(clientID: settings.clientID, keys: keys, date: time.date)
    }

    public func authorizationURL(state: String, codeChallenge: String) -> String {
        var query = [
            ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", settings.callbackURL),
            ("state", state), ("code_challenge", codeChallenge), ("code_challenge_method", "S256"),
        ]
        if !settings.scopes.isEmpty { query.append(("scope", settings.scopes.joined(separator: " "))) }
        let text = query.map { "\($0)=\(URLText.escape($1))" }.joined(separator: "&")
        return "\(settings.browserURL)/v2/oauth/authorize?\(text)"
    }

    public func exchange(code: String, verifier: String) async throws -> TokenGrant {
        guard (1...Self.longestCode).contains(code.utf8.count) else { throw SSOError(.invalidGrant, "the code is none") }
        guard PKCE(verifier: verifier) != nil else { throw SSOError(.refused, "the verifier is none") }
        let answer = try await tokens(
            [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier)], attempts: 1)
        return TokenGrant(
            character: try await self.verifier.verify(answer.accessToken), accessToken: answer.accessToken,
            refreshToken: answer.refreshToken)
    }

    public func refresh(_ token: SecretText) async throws -> TokenGrant {
        guard !token.revealed.isEmpty else { throw SSOError(.invalidGrant, "the refresh token is empty") }
        let answer = try await tokens([("grant_type", "refresh_token"), ("refresh_token", token.revealed)], attempts: 2)
        do {
            return TokenGrant(
                character: try await verifier.verify(answer.accessToken), accessToken: answer.accessToken,
                refreshToken: answer.refreshToken ?? token)
        } catch var error as SSOError {
            error.rotatedToken = answer.refreshToken
            throw error
        }
    }

    public func revoke(_ token: SecretText) async throws {
        let response = try await post(
            "/v2/oauth/revoke", [("token", token.revealed), ("token_type_hint", "refresh_token")], attempts: 2)
        guard response.status != 200 else { return }
        let error = SSOError(response, time: time)
        // Dead already.
        guard error.kind != .invalidGrant else { return }
        throw error
    }

    private func tokens(_ form: [(String, String)], attempts: Int) async throws -> TokenAnswer {
        // Without keys the answer would be worth nothing, and the code or the refresh token would be gone.
        try await keys.prepare()
        let response = try await post("/v2/oauth/token", form, attempts: attempts)
        guard response.status == 200 else { throw SSOError(response, time: time) }
        return try TokenAnswer(response.body)
    }

    private func post(_ path: String, _ form: [(String, String)], attempts: Int) async throws -> OutsideHTTP.Response {
        guard let secret = settings.clientSecret else {
            return try await transport.post(
                path, form: form + [("client_id", settings.clientID)], headers: [], attempts: attempts)
        }
        let credentials = Data("\(settings.clientID):\(secret.revealed)".utf8).base64EncodedString()
        return try await transport.post(
            path, form: form, headers: [("Authorization", "Basic \(credentials)")], attempts: attempts)
    }
}
