/// Why the single sign-on gave no character.
public struct SSOError: OutsideFailure, Hashable {
    public enum Kind: Sendable, Hashable {
        /// The code or the refresh token is used, expired or revoked: only a new login helps.
        case invalidGrant
        /// No answer, or one that says nothing about the request: nothing follows from it.
        case unavailable
        /// A token that is not one for us.
        case rejectedToken(TokenRejection)
        /// The service did not accept us or the request: a mistake in the settings or in the program.
        case refused
    }

    public var kind: Kind
    /// One sentence, safe to log: no token, code, secret or address.
    public var description: String
    public var retryAfter: Duration?
    /// The successor of the refresh token, which came with an access token that could not be verified.
    public var rotatedToken: SecretText?

    public init(_ kind: Kind, _ description: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.description = description
        self.retryAfter = retryAfter
    }

    public var code: String {
        switch kind {
        case .invalidGrant: "invalid_grant"
        case .unavailable: "unavailable"
        case .rejectedToken: "rejected_token"
        case .refused: "refused"
        }
    }

    public var isPermanent: Bool {
        switch kind {
        case .unavailable, .rejectedToken(.unknownKey): false
        case .invalidGrant, .rejectedToken, .refused: true
        }
    }
}

/// What is wrong with a token.
public enum TokenRejection: String, Error, Sendable, Hashable, CaseIterable {
    case tooLarge = "too_large"
    /// No JWT: parts, encoding or JSON.
    case malformed
    /// Another algorithm than RS256 and ES256.
    case algorithm
    /// Signed by a key that is not published for this algorithm.
    case unknownKey = "unknown_key"
    case signature
    case issuer
    case audience
    /// Issued to another application.
    case authorizedParty = "authorized_party"
    case expired
    case notYetValid = "not_yet_valid"
    /// Its subject is no character.
    case subject
    /// Another claim is missing or has the wrong shape.
    case claims
}
