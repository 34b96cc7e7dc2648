import Testing

@testable import KernelAPI
@testable import KernelRuntime

@Suite struct IdentityFormTests {
    /// Every text of these letters.
    private static func texts(of letters: [String], upTo length: Int) -> [String] {
        var all = [""]
        var longest = [""]
        for _ in 0..<length {
            longest = longest.flatMap { text in letters.map { text + $0 } }
            all += longest
        }
        return all
    }

    @Test(
        "What the pattern tells programs is what the check takes",
        arguments: [
            (WantedPath.form, "/", ["/", "\\", "?", "#", "a", " "], 5),
            (WantedPath.form, "/", ["/", "~", "%", "\n", "é", "[", "]", "@"], 3),
            (ProfileBody.address, "", ["a", "@", ".", "-"], 6),
            (ProfileBody.address, "a@b", ["a", "@", ".", " ", "é", "\n", "/"], 3),
        ])
    func patterns(_ form: TextForm, _ start: String, _ letters: [String], _ length: Int) throws {
        let pattern = try Regex(try #require(form.pattern)).matchingSemantics(.unicodeScalar)
        var taken = 0
        for text in Self.texts(of: letters, upTo: length).flatMap({ [$0, start + $0] }) {
            let isMet = form.isMet(text)
            if isMet { taken += 1 }
            #expect(isMet == (text.wholeMatch(of: pattern) != nil), "\(text.debugDescription)")
        }
        #expect(taken >= 10)
    }

    @Test(
        "What a browser might take for another server's address is no path of this one",
        arguments: ["", "battles", "//evil", "///evil", "/\\evil", "/a//b", "https://evil", "/é", "/ ", "/\t/evil", "/%0a\n"])
    func foreignPaths(_ text: String) { #expect(WantedPath(text) == nil) }
}
