import Foundation

/// URLs as text: checked when they come from settings, escaped when they are put together.
enum URLText {
    /// Escapes everything but the characters that mean themselves everywhere (RFC 3986), so also for forms.
    static func escape(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                escaped.append(byte)
            default: escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// The parts of an absolute URL for HTTP that carries neither credentials nor a fragment.
    static func parse(_ text: String) -> (scheme: String, host: String, hasQuery: Bool)? {
        guard text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), scheme == "https" || scheme == "http", let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.fragment == nil
        else { return nil }
        return (scheme, host, parts.query != nil)
    }
}
