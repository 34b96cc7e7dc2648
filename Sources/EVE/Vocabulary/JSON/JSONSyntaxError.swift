/// Why bytes are not the JSON that was expected, and where.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The text ends inside a value.
        case truncated
        /// A byte that no JSON text has at this place.
        case malformed
        /// More levels of nesting than the scanner's bound.
        case tooDeep
        /// Well-formed so far, but another kind of value.
        case unexpectedType
    }

    public var kind: Kind
    /// Bytes from the start of the text to the offending byte, or to the value of the wrong type.
    public var offset: Int

    public init(kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    public var description: String {
        switch kind {
        case .truncated: "JSON text ends too early, at byte \(offset)"
        case .malformed: "not JSON at byte \(offset)"
        case .tooDeep: "JSON nested too deeply at byte \(offset)"
        case .unexpectedType: "another kind of JSON value was expected at byte \(offset)"
        }
    }
}
