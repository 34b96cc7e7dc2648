extension KillmailReader {
    /// Makes a sentence with a path out of an error that occurred at the reader's position.
    func explain(_ error: any Error, in bytes: UnsafeRawBufferPointer, path keptPath: String? = nil) -> KillmailDecodingError {
        let known = (outerID ?? innerID).map(KillmailID.init(rawValue:))
        switch error {
        case let error as KillmailDecodingError:
            return error
        case let failure as Failure:
            let found = failure.offset.map { ", found \(Self.excerpt(of: bytes, at: $0))" } ?? ""
            return KillmailDecodingError(
                code: failure.code, path: keptPath ?? path(of: failure), detail: failure.expected.description + found,
                offset: failure.offset ?? scanner.offset, killmailID: known)
        case let error as JSONSyntaxError:
            let code: KillmailDecodingError.Code =
                switch error.kind {
                case .truncated: .truncated
                case .malformed: .malformedJSON
                case .tooDeep: .tooDeep
                case .unexpectedType: .wrongType
                }
            return KillmailDecodingError(
                code: code, path: path(of: nil), detail: error.description, offset: error.offset, killmailID: known)
        default:
            return KillmailDecodingError(
                code: .malformedJSON, path: "", detail: "unreadable", offset: scanner.offset, killmailID: known)
        }
    }

    func path(of failure: Failure?) -> String {
        let container: String =
            switch part {
            case .document: ""
            case .victim: "victim"
            case .attackers: attackerIndex < 0 ? "attackers" : "attackers[\(attackerIndex)]"
            case .zkb: "zkb"
            }
        guard let field = failure?.field else { return container }
        return container.isEmpty ? field.description : "\(container).\(field)"
    }

    /// The value at `offset`, at most 24 characters, nothing that could disturb a log.
    private static func excerpt(of bytes: UnsafeRawBufferPointer, at offset: Int) -> String {
        guard offset < bytes.count else { return "nothing" }
        let ends: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")]
        switch bytes[offset] {
        case UInt8(ascii: "{"): return "an object"
        case UInt8(ascii: "["): return "a list"
        case UInt8(ascii: "\""):
            let text = bytes[(offset + 1)...].prefix { $0 != UInt8(ascii: "\"") }
            return "\"\(printable(text.prefix(24)))\(text.count > 24 ? "..." : "")\""
        default:
            let text = bytes[offset...].prefix { !ends.contains($0) && $0 > 0x20 }
            return printable(text.prefix(24)) + (text.count > 24 ? "..." : "")
        }
    }

    private static func printable(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
