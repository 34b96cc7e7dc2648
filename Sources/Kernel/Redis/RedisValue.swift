/// A reply, as RESP2 has them.
public enum RedisValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// `OK` and the like.
    case status(String)
    case bytes([UInt8])
    case array([RedisValue])
    /// An error as an element of an array; alone, an error reply is thrown. It may quote keys and arguments: not for logs.
    case error(String)
}

/// Strict reading: what is not of the expected kind is ``RedisError/Code/decoding``, and the message never quotes it.
extension RedisValue {
    /// - Returns: `nil` for null.
    public func bytes(file: String = #fileID, line: Int = #line) throws(RedisError) -> [UInt8]? {
        switch self {
        case .null: nil
        case .bytes(let bytes): bytes
        case .status(let text): Array(text.utf8)
        default: throw unexpected("bytes", file, line)
        }
    }

    /// UTF-8; `nil` for null.
    public func text(file: String = #fileID, line: Int = #line) throws(RedisError) -> String? {
        guard let bytes = try bytes(file: file, line: line) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw unexpected("UTF-8 text", file, line) }
        return text
    }

    /// An integer reply, or text that is an integer.
    public func integer(file: String = #fileID, line: Int = #line) throws(RedisError) -> Int64 {
        switch self {
        case .integer(let value): return value
        case .bytes(let bytes):
            guard let value = Int64(String(decoding: bytes, as: UTF8.self)) else { throw unexpected("an integer", file, line) }
            return value
        default: throw unexpected("an integer", file, line)
        }
    }

    public func array(file: String = #fileID, line: Int = #line) throws(RedisError) -> [RedisValue] {
        guard case .array(let values) = self else { throw unexpected("an array", file, line) }
        return values
    }

    public var isNull: Bool { self == .null }
    public var isOK: Bool { self == .status("OK") }

    private var kind: String {
        switch self {
        case .null: "null"
        case .integer: "an integer"
        case .status: "a status"
        case .bytes: "bytes"
        case .array: "an array"
        case .error: "an error"
        }
    }

    private func unexpected(_ wanted: String, _ file: String, _ line: Int) -> RedisError {
        RedisError(.decoding, "\(kind) where \(wanted) was expected", file: file, line: line)
    }
}
