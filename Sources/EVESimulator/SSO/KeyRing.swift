internal import Synchronization

/// The keys of the single sign-on. They are fresh at every start, and made when first needed: they are the one thing here
/// that does not follow from the seed.
final class KeyRing: Sendable {
    private struct Keys {
        /// The last one signs.
        var rsa: [SigningKey] = []
        var ec: SigningKey?
        /// In no key set.
        var stranger: SigningKey?
        var rotations = 0
    }

    static let firstKid = "JWT-Signature-Key"
    static let ecKid = "8878a23f-2489-4045-989e-4d2f3ec1ae1a"
    /// Older ones leave the key set.
    static let mostKeys = 4

    private let keys = Mutex(Keys())

    /// The key that signs now.
    func signer(_ algorithm: SigningKey.Algorithm) throws -> SigningKey {
        try keys.withLock { keys in
            switch algorithm {
            case .rs256: try Self.rsa(&keys)
            case .es256: try Self.ec(&keys)
            }
        }
    }

    /// A key that claims to be the signing one, and is not.
    func stranger() throws -> SigningKey {
        try keys.withLock { keys in
            if let stranger = keys.stranger { return stranger }
            let stranger = try SigningKey(kid: Self.firstKid, algorithm: .rs256)
            keys.stranger = stranger
            return stranger
        }
    }

    /// From now on a new key signs. Older ones stay in the key set unless `dropsOld`.
    /// - Parameter keepsKid: The new key has the old one's name, which then stands for the new key only.
    /// - Returns: its kid.
    func rotate(keepsKid: Bool = false, dropsOld: Bool = false) throws -> String {
        try keys.withLock { keys in
            let current = try Self.rsa(&keys)
            keys.rotations += 1
            let kid = keepsKid ? current.kid : "\(Self.firstKid)-\(keys.rotations + 1)"
            let next = try SigningKey(kid: kid, algorithm: .rs256)
            if keepsKid { keys.rsa.removeLast() }
            if dropsOld { keys.rsa.removeAll() }
            keys.rsa = keys.rsa.suffix(Self.mostKeys - 1) + [next]
            return kid
        }
    }

    /// The public keys, the oldest first.
    func publicKeys() throws -> [JSONValue] {
        try keys.withLock { keys in
            _ = try Self.rsa(&keys)
            return try (keys.rsa + [try Self.ec(&keys)]).map { try $0.publicJWK() }
        }
    }

    private static func rsa(_ keys: inout Keys) throws -> SigningKey {
        if let last = keys.rsa.last { return last }
        let first = try SigningKey(kid: firstKid, algorithm: .rs256)
        keys.rsa = [first]
        return first
    }

    private static func ec(_ keys: inout Keys) throws -> SigningKey {
        if let ec = keys.ec { return ec }
        let ec = try SigningKey(kid: ecKid, algorithm: .es256)
        keys.ec = ec
        return ec
    }
}
