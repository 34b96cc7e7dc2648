import Crypto
import Foundation
import KernelAPI

/// Signs cursors with HMAC-SHA-256 (truncated to 128 bits) over scope and payload, with a key that all pods share.
struct HMACCursorSigner: CursorSigner {
    private let key: SymmetricKey
    private static let tagLength = 16
    private static let maximumLength = 1024

    init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    func seal(_ payload: String, scope: String) -> String {
        (Data(payload.utf8) + tag(payload, scope)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    func open(_ cursor: String, scope: String) throws -> String {
        let invalid = Problem.invalidRequest([
            .init(pointer: "query/cursor", message: "cursor is not one that this list gave out: start again without it")
        ])
        guard cursor.utf8.count <= Self.maximumLength else { throw invalid }
        let standard = cursor.replacing("-", with: "+").replacing("_", with: "/")
        let padded = standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: padded), bytes.count >= Self.tagLength else { throw invalid }
        let payload = String(decoding: bytes.dropLast(Self.tagLength), as: UTF8.self)
        // Compared in constant time; the scope is under the tag, so a cursor of another list or filter fails here too.
        guard Self.equal(bytes.suffix(Self.tagLength), tag(payload, scope)) else { throw invalid }
        // One cursor has one spelling: base64 ignores bits at its end and takes both alphabets here.
        guard seal(payload, scope: scope) == cursor else { throw invalid }
        return payload
    }

    private func tag(_ payload: String, _ scope: String) -> Data {
        let message = Data("\(scope.utf8.count):\(scope)\(payload)".utf8)
        return Data(HMAC<SHA256>.authenticationCode(for: message, using: key).prefix(Self.tagLength))
    }

    private static func equal(_ left: Data, _ right: Data) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
