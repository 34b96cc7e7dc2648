internal import Crypto
internal import Foundation

/// An access token of EVE's single sign-on, which is a JWT: who, for whom, until when.
struct AccessToken: Sendable {
    enum ScopeForm: Sendable {
        /// As the real one: one scope is a string, several are an array, none is no claim.
        case usual
        /// Always an array, also an empty one.
        case array
    }

    enum AudienceForm: Sendable { case both, client, game }

    /// The forms that have been seen of the issuer.
    static let issuers = ["https://login.eveonline.com", "login.eveonline.com", "https://login.eveonline.com/"]
    static let seconds: Int64 = 1200

    var characterID: Int64
    var name: String
    var owner: String
    var clientID: String
    var scopes: [String]
    /// Seconds since 1970.
    var issuedAt: Int64
    var jti: String
    var issuer = Self.issuers[0]
    var scopeForm = ScopeForm.usual
    var audienceForm = AudienceForm.both

    func header(_ key: SigningKey) -> JSONValue {
        ["alg": .string(key.algorithm.rawValue), "kid": .string(key.kid), "typ": "JWT"]
    }

    func claims(kid: String) -> JSONValue {
        var claims: JSONValue = [:]
        switch (scopeForm, scopes.count) {
        case (.usual, 0): break
        case (.usual, 1): claims["scp"] = .string(scopes[0])
        default: claims["scp"] = .array(scopes.map { .string($0) })
        }
        let audience: JSONValue =
            switch audienceForm {
            case .both: [.string(clientID), "EVE Online"]
            case .client: .string(clientID)
            case .game: "EVE Online"
            }
        let others: [(String, JSONValue)] = [
            ("jti", .string(jti)), ("kid", .string(kid)), ("sub", .string("CHARACTER:EVE:\(characterID)")),
            ("azp", .string(clientID)), ("tenant", "tranquility"), ("tier", "live"), ("region", "world"), ("aud", audience),
            ("name", .string(name)), ("owner", .string(owner)), ("exp", .int(issuedAt + Self.seconds)), ("iat", .int(issuedAt)),
            ("iss", .string(issuer)),
        ]
        for (name, value) in others { claims[name] = value }
        return claims
    }

    func signed(with key: SigningKey) throws -> String {
        let text = Self.unsigned(header(key), claims(kid: key.kid))
        return "\(text).\(Base64URL.encode(try key.signature(of: text)))"
    }

    /// Header and claims, ready to be signed.
    static func unsigned(_ header: JSONValue, _ claims: JSONValue) -> String {
        "\(Base64URL.encode(header.bytes)).\(Base64URL.encode(claims.bytes))"
    }

    /// Base64 of a SHA-1, as the real ones are: the same for a character as long as the same account owns it.
    static func ownerHash(characterID: Int64, sales: Int, seed: UInt64) -> String {
        Data(Insecure.SHA1.hash(data: Array("owner \(seed) \(characterID) \(sales)".utf8))).base64EncodedString()
    }
}
