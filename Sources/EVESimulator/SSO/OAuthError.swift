/// Why the single sign-on refuses a request for a token; the words are those of the real one where they are known.
struct OAuthError: Error, Sendable, Equatable {
    let status: Int
    let error: String
    let description: String?

    static func invalidRequest(_ description: String) -> OAuthError {
        OAuthError(status: 400, error: "invalid_request", description: description)
    }

    static func invalidGrant(_ description: String) -> OAuthError {
        OAuthError(status: 400, error: "invalid_grant", description: description)
    }

    static let invalidClient = OAuthError(
        status: 401, error: "invalid_client", description: "Missing or invalid client authentication.")
    static let invalidCode = OAuthError.invalidGrant("Authorization code is invalid.")
    static let wrongVerifier = OAuthError.invalidGrant("The code verifier does not match the code challenge.")
    static let wrongClient = OAuthError.invalidGrant(
        "Invalid refresh token. The refresh token does not match the client specified.")
    static let invalidScope = OAuthError(
        status: 400, error: "invalid_scope", description: "The requested scope exceeds the scope that was granted.")

    /// What a dead refresh token is answered with. Clients have seen all of these.
    enum DeadGrant: String, Sendable, CaseIterable {
        case token = "token-missing"
        case grant = "grant-missing"
        case invalidToken = "invalid-token"
        case bare = "no-description"

        var error: OAuthError {
            switch self {
            case .token: .invalidGrant("Invalid refresh token. Token missing/expired.")
            case .grant: .invalidGrant("Invalid refresh token. Character grant missing/expired.")
            case .invalidToken:
                OAuthError(status: 400, error: "invalid_token", description: "Invalid refresh token. Token missing/expired.")
            case .bare: OAuthError(status: 400, error: "invalid_grant", description: nil)
            }
        }
    }

    var reply: Reply {
        var body: JSONValue = ["error": .string(error)]
        body["error_description"] = description.map { .string($0) }
        let reply = Reply.json(body, status: status).with("Cache-Control", "no-store")
        return status == 401 ? reply.with("WWW-Authenticate", "Basic realm=\"login.eveonline.com\"") : reply
    }
}
