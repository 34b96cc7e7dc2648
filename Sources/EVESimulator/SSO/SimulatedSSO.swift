internal import Crypto
internal import Foundation

/// The simulated single sign-on in the hands of a test in the same process: it mints tokens that no honest one would, with
/// the keys that clients trust.
///
/// ```swift
/// let sso = running.simulator.sso
/// let expired = try sso.token(client: "battlescope", claims: ["exp": 1_000_000_000])
/// let unsigned = try sso.token(client: "battlescope", signature: .none)
/// let withoutOwner = try sso.token(client: "battlescope", claims: ["owner": nil])
/// ```
public struct SimulatedSSO: Sendable {
    let service: SSOService

    /// How a minted token is signed.
    public enum Signature: Sendable, CaseIterable {
        /// As usual.
        case rs256
        /// With the second key, which is as good.
        case es256
        /// Not at all: `alg` is `none` and the signature is empty.
        case none
        /// The forgery for verifiers that let the token choose: HS256 with the PEM of the public RSA key as the secret.
        case hs256
        /// RS256 with a key that the key set does not have, under a kid that it has.
        case stranger
    }

    /// Mints a token; without overrides it is like one from the token endpoint when nothing goes wrong.
    ///
    /// - Parameters:
    ///   - character: Its id; `nil` for the first of ``characters``. An unknown one gets an invented name.
    ///   - client: The client id in `azp` and `aud`.
    ///   - header: Members to set, or with `nil` to remove, before it is signed.
    ///   - claims: The same for the claims, such as `["iss": "https://evil.example", "aud": ["other", "EVE Online"]]`.
    public func token(
        character: Int64? = nil, client: String, scopes: [String] = [], signature: Signature = .rs256,
        header: [String: JSONValue?] = [:], claims: [String: JSONValue?] = [:]
    ) throws -> String {
        let characterID = character ?? characters.first?.id ?? 0
        let plain = service.plainToken(characterID: characterID, clientID: client, scopes: scopes)
        let key = try key(for: signature)
        var finalHeader = plain.header(key)
        var finalClaims = plain.claims(kid: key.kid)
        if signature == .none { finalHeader["alg"] = "none" }
        if signature == .hs256 { finalHeader["alg"] = "HS256" }
        for (name, value) in header.sorted(by: { $0.key < $1.key }) { finalHeader[name] = value }
        for (name, value) in claims.sorted(by: { $0.key < $1.key }) { finalClaims[name] = value }
        let text = AccessToken.unsigned(finalHeader, finalClaims)
        return "\(text).\(Base64URL.encode(try sign(text, signature, key)))"
    }

    private func key(for signature: Signature) throws -> SigningKey {
        switch signature {
        case .rs256, .none, .hs256: try service.keys.signer(.rs256)
        case .es256: try service.keys.signer(.es256)
        case .stranger: try service.keys.stranger()
        }
    }

    private func sign(_ text: String, _ signature: Signature, _ key: SigningKey) throws -> [UInt8] {
        switch signature {
        case .rs256, .es256, .stranger: return try key.signature(of: text)
        case .none: return []
        case .hs256:
            let secret = SymmetricKey(data: Array(key.publicPEM.utf8))
            return Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: secret))
        }
    }

    // MARK: Characters and keys

    /// Who is offered at the login, the later superadmin first.
    public var characters: [LoginCharacter] { service.roster.universe.loginCharacters }

    /// The one with a key such as `fc`.
    public func character(_ key: String) -> LoginCharacter? { characters.first { $0.key == key } }

    /// The owner hash that the next token of a character has.
    public func owner(of character: Int64) -> String { service.owner(of: character) }

    /// The key set as JSON, as `/oauth/jwks` gives it now.
    public func keySet() throws -> String { try service.keySet().text }

    /// From now on a new key signs; older ones stay in the key set unless `dropsOld`.
    /// - Parameter keepsKid: The new key takes the name of the old one, which is gone.
    /// - Returns: the kid of the new key.
    @discardableResult
    public func rotateKeys(keepsKid: Bool = false, dropsOld: Bool = false) throws -> String {
        try service.keys.rotate(keepsKid: keepsKid, dropsOld: dropsOld)
    }

    /// Moves a character to another account: another owner hash, and its grants are dead.
    public func sell(_ character: Int64) { service.sell(character) }

    /// Ends all refresh tokens and codes of a character.
    /// - Returns: how many refresh tokens there were.
    @discardableResult
    public func revokeAll(of character: Int64) -> Int { service.revokeAll(of: character, .token) }

    /// Moves a character to another corporation, as ESI tells it from now on; killmails go on as they were.
    /// - Parameter alliance: `nil` for none.
    public func move(_ character: Int64, toCorporation corporation: Int64, alliance: Int64?) {
        service.roster.move(character, to: Roster.Affiliation(corporationID: corporation, allianceID: alliance))
    }
}
