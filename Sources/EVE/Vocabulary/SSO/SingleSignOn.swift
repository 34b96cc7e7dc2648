/// EVE's single sign-on (OAuth 2.0, authorization code with PKCE): who somebody is, by a character of theirs.
///
/// The methods throw ``SSOError`` or `CancellationError`.
public protocol SingleSignOn: Sendable {
    /// Where the browser is sent to choose a character.
    ///
    /// - Parameters:
    ///   - state: comes back with the code; unpredictable, and good for one login.
    ///   - codeChallenge: see ``PKCE/challenge``.
    func authorizationURL(state: String, codeChallenge: String) -> String

    /// Trades the code that came back for tokens. A code is good for one attempt: this is never repeated.
    ///
    /// - Parameter verifier: the one whose challenge was sent; see ``PKCE/verifier``.
    func exchange(code: String, verifier: String) async throws -> TokenGrant

    /// Fresh tokens. The character may have changed owner since: compare ``VerifiedCharacter/ownerHash``.
    ///
    /// A grant is dead only if the error is ``SSOError/Kind/invalidGrant``. Whatever the error, ``SSOError/rotatedToken`` is
    /// to be kept in place of `token` if there is one.
    func refresh(_ token: SecretText) async throws -> TokenGrant

    /// Makes a refresh token useless. A token that already was is no error.
    func revoke(_ token: SecretText) async throws
}
