/// A parsed JSON value, for request bodies: they are small, and every form of them must be reported on.
enum JSONValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// Whole numbers, `1.0` and `1e2` among them.
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Arrays and objects within each other; no body of ours needs more than four.
    static let mostDepth = 32

    /// - Returns: `nil` when the bytes are not one JSON document as ``JSONDocumentReader`` takes it.
    static func parse(_ bytes: [UInt8]) -> JSONValue? {
        var reader = JSONDocumentReader(bytes)
        return reader.document()
    }
}
