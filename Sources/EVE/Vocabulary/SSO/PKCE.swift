import Crypto

/// What ties an authorization code to who asked for it (RFC 7636, method S256): the service is shown the challenge first and
/// gives tokens only for the verifier, which never leaves the server until then.
public struct PKCE: Sendable, Hashable {
    /// 43 to 128 of the characters that need no escape in a URL; kept until the login comes back.
    public let verifier: SecretText

    /// From 32 random bytes, so 43 characters.
    public init() {
        var generator = SystemRandomNumberGenerator()
        self.init(using: &generator)
    }

    /// - Parameter generator: must be unpredictable.
    public init(using generator: inout some RandomNumberGenerator) {
        verifier = SecretText(Base64URL.encode((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }))
    }

    /// A verifier that was kept; `nil` if it is none.
    public init?(verifier: String) {
        guard (43...128).contains(verifier.utf8.count), verifier.utf8.allSatisfy(Self.isUnreserved) else { return nil }
        self.verifier = SecretText(verifier)
    }

    /// Goes to the service with the request for a code.
    public var challenge: String { Base64URL.encode(Array(SHA256.hash(data: Array(verifier.revealed.utf8)))) }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
