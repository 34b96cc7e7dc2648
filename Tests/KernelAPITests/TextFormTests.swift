import Testing

@testable import KernelAPI

@Suite struct TextFormTests {
    @Test("What the pattern tells programs is what the check takes", arguments: [TextForm.line, .lines])
    func pattern(_ form: TextForm) throws {
        let pattern = try Regex(try #require(form.pattern)).matchingSemantics(.unicodeScalar)
        for value in UInt32(0)...0x2100 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for text in [String(scalar), "a\(scalar)", "\(scalar)b", "e\u{301}\(scalar)"] {
                #expect(form.isMet(text) == (text.wholeMatch(of: pattern) != nil), "U+\(String(value, radix: 16))")
            }
        }
    }

    @Test("A line has no control characters, lines have line breaks in addition, and nothing has NUL")
    func forms() {
        #expect(TextForm.line.isMet("Jita 4-4 — «höch» 😀\u{200B}") && TextForm.line.isMet(""))
        for control in ["\u{0}", "\n", "\t", "\r", "\u{1B}", "\u{7F}", "\u{9B}"] {
            #expect(!TextForm.line.isMet("a\(control)"))
            #expect(TextForm.lines.isMet("a\(control)") == (control == "\n"))
        }
        // To Swift these two are one character.
        #expect(!TextForm.lines.isMet("a\r\nb"))
    }
}
