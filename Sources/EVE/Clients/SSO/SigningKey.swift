import Crypto
import CryptoExtras
import EVE

/// The algorithms that a token may be signed with. Everything else is refused, `none` and HMAC first of all.
enum SigningAlgorithm: String, Sendable {
    case rs256 = "RS256"
    case es256 = "ES256"
}

/// A published key, of a type that fits its algorithm.
struct SigningKey: Sendable {
    /// A key is found by both: the same name with another algorithm is another key.
    struct ID: Sendable, Hashable {
        var name: String
        var algorithm: SigningAlgorithm
    }

    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
    }

    let id: ID
    private let material: Material
    /// The numbers that make the key.
    private let numbers: [[UInt8]]

    /// `nil` for keys of other types, for other uses, or broken.
    init?(_ key: JSONMembers) {
        guard !key.hasRepeatedNames, let name = key.text("kid"), key["use"] == nil || key.text("use") == "sig" else { return nil }
        let algorithm: SigningAlgorithm
        switch key.text("kty") {
        case "RSA":
            // Swift Crypto refuses fewer than 2,048 bits, BoringSSL more than 16,384 and unfit exponents.
            guard let n = key.bytes("n"), let e = key.bytes("e"), let rsa = try? _RSA.Signing.PublicKey(n: n, e: e) else {
                return nil
            }
            (algorithm, material, numbers) = (.rs256, .rsa(rsa), [n, e])
        case "EC":
            guard key.text("crv") == "P-256", let x = key.bytes("x"), let y = key.bytes("y"), x.count == 32, y.count == 32,
                let p256 = try? P256.Signing.PublicKey(rawRepresentation: x + y)
            else { return nil }
            (algorithm, material, numbers) = (.es256, .p256(p256), [x, y])
        default: return nil
        }
        guard key["alg"] == nil || key.text("alg") == algorithm.rawValue else { return nil }
        id = ID(name: name, algorithm: algorithm)
    }

    func isSame(as other: SigningKey) -> Bool { id == other.id && numbers == other.numbers }

    func isValid(_ signature: [UInt8], for signed: [UInt8]) -> Bool {
        let digest = SHA256.hash(data: signed)
        switch material {
        case .rsa(let key):
            return key.isValidSignature(.init(rawRepresentation: signature), for: digest, padding: .insecurePKCS1v1_5)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: digest)
        }
    }
}

/// The keys that a service publishes (JWKS).
struct SigningKeySet: Sendable {
    static let maximumCount = 64

    private var keys: [SigningKey.ID: SigningKey] = [:]

    var count: Int { keys.count }

    /// Keys that are not understood are passed over one by one; `nil` for what is no key set, or one without a usable key.
    init?(_ body: [UInt8]) {
        let members = body.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            return try? Self.members(&scanner)
        }
        guard let members else { return nil }
        for key in members.prefix(Self.maximumCount).lazy.compactMap(SigningKey.init) where keys[key.id] == nil {
            keys[key.id] = key
        }
        guard !keys.isEmpty else { return nil }
    }

    subscript(id: SigningKey.ID) -> SigningKey? { keys[id] }

    private static func members(_ scanner: inout JSONScanner) throws(JSONSyntaxError) -> [JSONMembers] {
        var members: [JSONMembers] = []
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            guard key.is("keys"), try scanner.nextKind() == .array else {
                try scanner.skipValue()
                continue
            }
            try scanner.beginArray()
            while try scanner.nextElement() {
                if try scanner.nextKind() == .object {
                    members.append(try JSONMembers(next: &scanner))
                } else {
                    try scanner.skipValue()
                }
            }
        }
        try scanner.finish()
        return members
    }
}

extension JSONMembers {
    /// A member in base64 for URLs.
    fileprivate func bytes(_ name: String) -> [UInt8]? { text(name).flatMap { Base64URL.decode($0.utf8) } }
}
