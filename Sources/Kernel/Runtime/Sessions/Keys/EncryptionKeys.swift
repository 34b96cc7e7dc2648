import Crypto
import Foundation

/// The keys that refresh tokens are encrypted with (AES-256-GCM): the first one encrypts, all of them decrypt.
///
/// To replace a key, put a new one in front. The server encrypts what is stored anew in the background, and after a day the
/// old one can go.
public struct EncryptionKeys: Sendable {
    private struct Key: Sendable {
        let id: String
        let key: SymmetricKey
    }

    private let keys: [Key]

    /// One of them: id, colon, 32 bytes in base64.
    static let hint = #"BATTLESCOPE_ENCRYPTION_KEYS="k1:$(openssl rand -base64 32)""#
    static let mostKeys = 20

    /// Reads `id:base64,id:base64...`.
    ///
    /// - Throws: ``ConfigurationError`` that does not repeat what was given.
    public init(text: String) throws {
        var keys: [Key] = []
        for (index, part) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
            let pair = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, pair[0].wholeMatch(of: /[a-z0-9-]{1,32}/) != nil,
                let bytes = Data(base64Encoded: String(pair[1])),
                bytes.count == 32
            else {
                throw ConfigurationError(
                    "BATTLESCOPE_ENCRYPTION_KEYS: key \(index + 1) is not id:base64 with 32 bytes (id: lower-case letters, "
                        + "digits and hyphens). Make one with: \(Self.hint)")
            }
            let id = String(pair[0])
            guard !keys.contains(where: { $0.id == id }) else {
                throw ConfigurationError(
                    "BATTLESCOPE_ENCRYPTION_KEYS: two keys have the id \(id). An id stands for one key, for ever.")
            }
            keys.append(Key(id: id, key: SymmetricKey(data: bytes)))
        }
        guard keys.count <= Self.mostKeys else {
            throw ConfigurationError("BATTLESCOPE_ENCRYPTION_KEYS has \(keys.count) keys, at most \(Self.mostKeys) are taken.")
        }
        self.keys = keys
    }

    /// A new key of this process: what it encrypts is lost with it.
    public static func ephemeral() -> EncryptionKeys {
        EncryptionKeys(keys: [Key(id: "ephemeral", key: SymmetricKey(size: .bits256))])
    }

    private init(keys: [Key]) { self.keys = keys }

    /// The text of one new key.
    static func newKeyText(id: String) -> String {
        "\(id):\(SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString())"
    }

    /// What is in front of everything that the first key encrypts.
    var currentPrefix: [UInt8] { Self.prefix(keys[0].id) }

    private static func prefix(_ id: String) -> [UInt8] { [UInt8(id.utf8.count)] + Array(id.utf8) }

    /// Encrypts with the first key: the id's length, the id, a nonce of 12 bytes, the text, a tag of 16 bytes.
    ///
    /// - Parameter owner: whom it belongs to; decrypting for somebody else fails.
    func seal(_ text: String, for owner: [UInt8]) throws -> [UInt8] {
        // The nonce is random: with 96 bits, a key is good for four billion tokens.
        let box = try AES.GCM.seal(Array(text.utf8), using: keys[0].key, authenticating: owner)
        return currentPrefix + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    /// - Returns: `nil` when the key is not there any more, or it was altered, or belongs to another owner.
    func open(_ sealed: [UInt8], for owner: [UInt8]) -> String? {
        guard let length = sealed.first.map({ Int($0) }), sealed.count > 1 + length,
            let key = keys.first(where: { $0.id.utf8.elementsEqual(sealed[1..<1 + length]) }),
            let box = try? AES.GCM.SealedBox(combined: sealed[(1 + length)...]),
            let text = try? AES.GCM.open(box, using: key.key, authenticating: owner)
        else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}

extension EncryptionKeys: CustomStringConvertible, CustomReflectable {
    public var description: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
