/// EVE's single sign-on, as far as the kernel needs it: somebody proves which character is theirs.
///
/// The methods throw ``IdentityProviderError`` or `CancellationError`.
public protocol IdentityProvider: Sendable {
    /// Where a browser is sent to choose a character.
    ///
    /// - Parameters:
    ///   - state: comes back with the code.
    ///   - codeChallenge: the SHA-256 of a verifier (RFC 7636, S256).
    func authorizationURL(state: String, codeChallenge: String) -> String

    /// Trades the code that came back. A code is good for one attempt.
    func exchange(code: String, verifier: String) async throws -> ProvenCharacter

    /// Looks whether a grant still holds. The character may have another owner since, and the token a successor.
    func refresh(_ token: Secret) async throws -> ProvenCharacter

    /// Makes a refresh token useless.
    func revoke(_ token: Secret) async throws
}

/// A character whose owner proved it.
public struct ProvenCharacter: Sendable, Hashable {
    public var id: Int64
    public var name: String
    /// Stands for the EVE account: another value means another owner.
    public var ownerHash: String
    public var scopes: [String]
    /// `nil` when no scopes were asked for.
    public var refreshToken: Secret?

    public init(id: Int64, name: String, ownerHash: String, scopes: [String] = [], refreshToken: Secret? = nil) {
        self.id = id
        self.name = name
        self.ownerHash = ownerHash
        self.scopes = scopes
        self.refreshToken = refreshToken
    }
}

/// Why nobody proved anything.
public struct IdentityProviderError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The code or the refresh token is used, expired or revoked.
        case grantRefused
        /// No answer, or one that says nothing.
        case unavailable
        /// The answer's token is not one for us.
        case tokenRejected
        /// The service does not accept this installation: its settings are wrong.
        case misconfigured
    }

    public var kind: Kind
    /// One sentence, safe to log.
    public var description: String
    /// The refresh token's successor, which came along although something went wrong: keep it.
    public var rotatedToken: Secret?

    public init(_ kind: Kind, _ description: String, rotatedToken: Secret? = nil) {
        self.kind = kind
        self.description = description
        self.rotatedToken = rotatedToken
    }
}
