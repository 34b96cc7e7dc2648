/// What a text must look like, for programs, for people and for the check itself.
///
/// The pattern is what OpenAPI tells; the tests of the API send what fits it and what does not, and so hold it to the check.
public struct TextForm: Sendable {
    /// A regular expression (ECMA-262) for the whole text; `nil` where none can say it.
    let pattern: String?
    /// Completes "displayName must be ...".
    let expected: String
    let isMet: @Sendable (String) -> Bool

    public init(pattern: String?, expected: String, _ isMet: @escaping @Sendable (String) -> Bool) {
        self.pattern = pattern
        self.expected = expected
        self.isMet = isMet
    }

    /// One line: PostgreSQL takes no NUL, and nobody wants other control characters in logs and terminals.
    static let line = TextForm(pattern: "^[^\\u0000-\\u001F\\u007F-\\u009F]*$", expected: "text without control characters") {
        !$0.unicodeScalars.contains(where: isControl)
    }
    /// The same with line breaks.
    static let lines = TextForm(
        pattern: "^[^\\u0000-\\u0009\\u000B-\\u001F\\u007F-\\u009F]*$", expected: "text without control characters"
    ) {
        !$0.unicodeScalars.contains { isControl($0) && $0 != "\n" }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
}
