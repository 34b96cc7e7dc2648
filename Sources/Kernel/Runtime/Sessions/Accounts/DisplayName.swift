import KernelAPI

/// What an account is called: one line that can be seen, in pages, logs and terminals alike.
enum DisplayName {
    static let expected = "one line of 1 to 64 characters that can be seen, not only spaces"

    /// Which characters Unicode has is nothing that a pattern can say.
    static let form = TextForm(pattern: nil, expected: expected, isOne)

    static func isOne(_ text: String) -> Bool {
        (1...64).contains(text.unicodeScalars.count) && !text.allSatisfy(\.isWhitespace)
            && !text.unicodeScalars.contains { scalar in
                // Controls, line and paragraph separators, and what turns the direction of writing around.
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
                default: false
                }
            }
    }
}
