import Crypto
import KernelAPI

/// A secret that somebody carries around to prove something: 32 random bytes as text. Only its SHA-256 is stored.
///
/// It does not show itself in a log or an error.
struct SecretToken: Sendable, Hashable {
    /// The secret itself: for the one it belongs to.
    let text: String

    /// Letters, digits, `-` and `_`.
    static let length = 43

    /// A new one, from the operating system's randomness.
    static func random(prefix: String = "") -> SecretToken {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return SecretToken(text: prefix + Base64URL.encode(bytes))
    }

    private init(text: String) { self.text = text }

    /// One that somebody sent; `nil` when it cannot be one.
    init?(_ text: some StringProtocol, prefix: String = "") {
        guard text.utf8.count == prefix.utf8.count + Self.length, text.hasPrefix(prefix),
            text.utf8.dropFirst(prefix.utf8.count).allSatisfy(Self.isAllowed)
        else { return nil }
        self.text = String(text)
    }

    /// What is stored, and looked up: who reads the table learns no token, and how long a look-up takes tells nothing about one.
    var hash: TokenHash { TokenHash(SHA256.hash(data: Array(text.utf8))) }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension SecretToken: CustomStringConvertible, CustomReflectable {
    var description: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// The SHA-256 of a ``SecretToken``.
struct TokenHash: Sendable, Hashable {
    let bytes: [UInt8]

    fileprivate init(_ digest: SHA256Digest) { bytes = Array(digest) }

    var sql: SQLBytes { SQLBytes(bytes) }

    /// Whether a stored hash is this one.
    func matches(_ stored: SQLBytes) -> Bool { stored.bytes == bytes }
}
