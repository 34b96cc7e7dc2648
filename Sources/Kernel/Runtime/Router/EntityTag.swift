import Crypto
import Foundation

/// A strong `ETag`: a digest of the answer's body. The compressed form is another representation and has another tag.
enum EntityTag {
    static func make(_ body: [UInt8]) -> String {
        let digest = SHA256.hash(data: body).prefix(12)
        return "\"" + Data(digest).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_") + "\""
    }

    /// The tag of the same body, compressed.
    static func compressed(_ tag: String) -> String { tag.dropLast() + "-gzip\"" }

    /// Whether `If-None-Match` names this tag, in whichever form it was given out.
    static func matches(_ field: String?, _ tag: String) -> Bool {
        guard let field else { return false }
        return field.split(separator: ",").contains { item in
            var text = item.drop { $0 == " " }
            if text.hasPrefix("W/") { text = text.dropFirst(2) }
            text = text.prefix { $0 != " " }
            return text == "*" || text == tag || text == compressed(tag)
        }
    }
}
