import EVE
import Foundation
import Metrics

/// Tells the character in an access token, if the token was signed by EVE's single sign-on, for us, and is still good.
struct TokenVerifier: Sendable {
    let clientID: String
    let keys: SigningKeys
    let date: @Sendable () -> Date

    /// The header first, then the key that it names, then the signature; only then is looked at what the token says.
    ///
    /// - Throws: ``SSOError`` or `CancellationError`.
    func verify(_ token: SecretText) async throws -> VerifiedCharacter {
        do {
            let token = try SignedToken(token.revealed)
            let key = try await keys.key(token.key)
            try await check(token, with: key)
            return try TokenClaims(token.payload).character(for: clientID, at: date())
        } catch let rejection as TokenRejection {
            Counter(label: "sso_tokens_rejected_total", dimensions: [("reason", rejection.rawValue)]).increment()
            throw SSOError(.rejectedToken(rejection), "EVE SSO's token was rejected: \(rejection.rawValue)")
        }
    }

    private func check(_ token: SignedToken, with key: SigningKey) async throws {
        if key.isValid(token.signature, for: token.signed) { return }
        guard let successor = try await keys.successor(of: key), successor.isValid(token.signature, for: token.signed) else {
            throw TokenRejection.signature
        }
    }
}
