import EVE

/// A JWT taken apart, of which nothing may be believed yet but what says how to check it.
struct SignedToken: Sendable {
    /// In bytes. Tokens with all scopes have about 5,000.
    static let maximumSize = 16 * 1024

    /// What the header asks for; its other members, keys and addresses among them, are never looked at.
    let key: SigningKey.ID
    /// The bytes that the signature is over.
    let signed: [UInt8]
    let signature: [UInt8]
    let payload: [UInt8]

    init(_ token: String) throws(TokenRejection) {
        guard token.utf8.count <= Self.maximumSize else { throw .tooLarge }
        let bytes = Array(token.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]).flatMap({ JSONMembers($0) }) else { throw .malformed }
        key = try Self.key(in: header)
        guard let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]) else { throw .malformed }
        self.payload = payload
        self.signature = signature
        signed = Array(bytes[..<parts[1].endIndex])
    }

    private static func key(in header: JSONMembers) throws(TokenRejection) -> SigningKey.ID {
        guard !header.hasRepeatedNames, let name = header.text("alg") else { throw .malformed }
        guard let algorithm = SigningAlgorithm(rawValue: name) else { throw .algorithm }
        // `crit` lists extensions that must be understood, and none is.
        guard header["crit"] == nil else { throw .malformed }
        guard let kid = header.text("kid") else { throw .unknownKey }
        return SigningKey.ID(name: kid, algorithm: algorithm)
    }
}
