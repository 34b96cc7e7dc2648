internal import Crypto
internal import CryptoExtras
internal import Foundation

/// A key that signs tokens.
struct SigningKey: Sendable {
    enum Algorithm: String, Sendable { case rs256 = "RS256", es256 = "ES256" }

    private enum Material {
        case rsa(_RSA.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
    }

    let kid: String
    let algorithm: Algorithm
    private let material: Material

    /// A fresh key; making one for RS256 takes a tenth of a second or so.
    init(kid: String, algorithm: Algorithm) throws {
        self.kid = kid
        self.algorithm = algorithm
        material =
            switch algorithm {
            case .rs256: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048))
            case .es256: .p256(P256.Signing.PrivateKey())
            }
    }

    func signature(of text: String) throws -> [UInt8] {
        let digest = SHA256.hash(data: Array(text.utf8))
        switch material {
        case .rsa(let key): return Array(try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation)
        case .p256(let key): return Array(try key.signature(for: digest).rawRepresentation)
        }
    }

    /// The public half as a member of a key set.
    func publicJWK() throws -> JSONValue {
        switch material {
        case .rsa(let key):
            let numbers = try key.publicKey.getKeyPrimitives()
            return [
                "alg": "RS256", "e": .string(Base64URL.encode(numbers.publicExponent)), "kid": .string(kid), "kty": "RSA",
                "n": .string(Base64URL.encode(numbers.modulus)), "use": "sig",
            ]
        case .p256(let key):
            let point = Array(key.publicKey.rawRepresentation)
            return [
                "alg": "ES256", "crv": "P-256", "kid": .string(kid), "kty": "EC", "use": "sig",
                "x": .string(Base64URL.encode(point.prefix(32))), "y": .string(Base64URL.encode(point.suffix(32))),
            ]
        }
    }

    /// The public half as PEM: the secret of the well-known forgery that passes RS256 off as HS256.
    var publicPEM: String {
        switch material {
        case .rsa(let key): key.publicKey.pemRepresentation
        case .p256(let key): key.publicKey.pemRepresentation
        }
    }
}
