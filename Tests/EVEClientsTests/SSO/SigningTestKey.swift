import Crypto
import CryptoExtras
import EVE
import Foundation

/// A key pair of a pretended single sign-on, which mints tokens.
struct SigningTestKey: Sendable {
    var kid: String
    var algorithm: String
    /// The public half as the service publishes it.
    var published: String
    var sign: @Sendable ([UInt8]) throws -> [UInt8]

    // Making RSA keys takes a while, so there are three for all tests.
    private static let pool = (0..<3).map { _ in Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) } }

    static func rsa(_ index: Int = 0, kid: String = "JWT-Signature-Key") throws -> SigningTestKey {
        try rsa(pool[index].get(), kid: kid)
    }

    static func rsa(_ key: _RSA.Signing.PrivateKey, kid: String) throws -> SigningTestKey {
        let primitives = try key.publicKey.getKeyPrimitives()
        let n = Base64URL.encode(primitives.modulus)
        let e = Base64URL.encode(primitives.publicExponent)
        return SigningTestKey(
            kid: kid, algorithm: "RS256",
            published: "{\"alg\":\"RS256\",\"e\":\"\(e)\",\"kid\":\"\(kid)\",\"kty\":\"RSA\",\"n\":\"\(n)\",\"use\":\"sig\"}"
        ) { bytes in
            Array(try key.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation)
        }
    }

    static func ec(kid: String = "8878a23f-2489-4045-989e-4d2f3ec1ae1a") -> SigningTestKey {
        let key = P256.Signing.PrivateKey()
        let point = key.publicKey.rawRepresentation
        let x = Base64URL.encode(point.prefix(32))
        let y = Base64URL.encode(point.suffix(32))
        let published = "\"crv\":\"P-256\",\"kid\":\"\(kid)\",\"kty\":\"EC\",\"use\":\"sig\",\"x\":\"\(x)\",\"y\":\"\(y)\""
        return SigningTestKey(kid: kid, algorithm: "ES256", published: "{\"alg\":\"ES256\",\(published)}") { bytes in
            Array(try key.signature(for: SHA256.hash(data: bytes)).rawRepresentation)
        }
    }

    /// The public half of the first RSA key as text: what a forger takes for a secret.
    static func publicPEM() throws -> String { try pool[0].get().publicKey.pemRepresentation }

    static func set(_ keys: SigningTestKey...) -> String {
        "{\"keys\":[\(keys.map(\.published).joined(separator: ","))],\"SkipUnresolvedJsonWebKeys\":true}"
    }

    var header: String { "{\"alg\":\"\(algorithm)\",\"kid\":\"\(kid)\",\"typ\":\"JWT\"}" }

    /// - Parameter header: instead of the key's own.
    func token(_ claims: TestClaims = TestClaims(), header: String? = nil) throws -> String {
        let signed = "\(Self.part(header ?? self.header)).\(Self.part(claims.text))"
        return "\(signed).\(Base64URL.encode(try sign(Array(signed.utf8))))"
    }

    static func part(_ text: String) -> String { Base64URL.encode(Array(text.utf8)) }
}

/// What a token says, as JSON texts by name.
struct TestClaims: Sendable {
    static let clientID = "my3rdpartyclientid"
    /// When all tests take place.
    static let now = 1_795_000_000

    private var values: [String: String] = [
        "scp": "[\"esi-skills.read_skills.v1\",\"esi-search.search_structures.v1\"]", "jti": "\"998e12c7\"",
        "kid": "\"JWT-Signature-Key\"", "sub": "\"CHARACTER:EVE:2117712894\"", "azp": "\"\(clientID)\"",
        "tenant": "\"tranquility\"", "tier": "\"live\"", "region": "\"world\"", "aud": "[\"\(clientID)\",\"EVE Online\"]",
        "name": "\"Some Bloke\"", "owner": "\"8PmzCeTKb4VFUDrHLc/AeZXDSWM=\"", "exp": "\(now + 1_199)", "iat": "\(now)",
        "iss": "\"https://login.eveonline.com\"",
    ]

    init() {}

    /// - Parameter value: JSON; `nil` leaves the claim out.
    func with(_ name: String, _ value: String?) -> TestClaims {
        var copy = self
        copy.values[name] = value
        return copy
    }

    var text: String { "{" + values.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}" }
}
