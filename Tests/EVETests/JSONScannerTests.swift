import Testing

@testable import EVE

@Suite("The JSON scanner")
struct JSONScannerTests {
    private func scan<T>(_ text: String, _ body: (inout JSONScanner) throws -> T) rethrows -> T {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            return try body(&scanner)
        }
    }

    private func check(_ text: String) throws {
        try scan(text) { scanner in
            try scanner.skipValue()
            try scanner.finish()
        }
    }

    @Test(
        "passes over every kind of value",
        arguments: [
            "{}", "[]", "[1,-0.5e+3,true,false,null,\"a\\\"b\"]", "{\"a\":{\"b\":[[],{}]},\"c\":\"\"}", " [ 1 , 2 ] ", "0",
        ])
    func skips(text: String) throws { try check(text) }

    @Test(
        "refuses what is not JSON",
        arguments: [
            "{]", "[}", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "[1 2]", "01", "1.", "-", "1e", ".5", "+1", "nul", "truE",
            "[1]x",
            "\"a\nb\"", "[,1]", "{,}", "'a'", "\u{FEFF}{}",
        ])
    func refuses(text: String) {
        #expect(throws: JSONSyntaxError.self) { try check(text) }
    }

    @Test(
        "tells the exact place of an error",
        arguments: [
            ("{\"a\":tru}", JSONSyntaxError(kind: .malformed, offset: 8)), ("[1,2", JSONSyntaxError(kind: .truncated, offset: 4)),
            ("[1;2]", JSONSyntaxError(kind: .malformed, offset: 2)), ("\"abc", JSONSyntaxError(kind: .truncated, offset: 4)),
        ])
    func locatesErrors(text: String, error: JSONSyntaxError) {
        #expect(throws: error) { try check(text) }
    }

    @Test("bounds the nesting")
    func boundsNesting() {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(throws: JSONSyntaxError(kind: .tooDeep, offset: 64)) { try check(deep) }
        #expect(throws: Never.self) { try check(String(deep.dropFirst().dropLast())) }
    }

    @Test(
        "resolves escapes",
        arguments: [
            ("\"a\\n\\u0041\\/\\\"\"", "a\nA/\""), ("\"\\ud83d\\ude80\"", "🚀"), ("\"\\ud83dx\"", "\u{FFFD}x"),
            ("\"\\q\"", "\u{FFFD}"),
            ("\"Zażółć\"", "Zażółć"),
        ])
    func resolvesEscapes(text: String, value: String) throws {
        #expect(try scan(text) { try $0.string() } == value)
    }

    @Test("recognises a key however it is written")
    func recognisesKeys() throws {
        let found = try scan("{\"\\u0069d\":1,\"id\":2,\"ids\":3}") { scanner in
            var found: [Int64?] = []
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if key.is("id") { found.append(try scanner.integer()) } else { try scanner.skipValue() }
            }
            return found
        }
        #expect(found == [1, 2])
    }

    @Test(
        "reads amounts exactly, to hundredths rounded half up",
        arguments: [
            ("0", 0), ("16107.17", 1_610_717), ("1.0e12", 100_000_000_000_000), ("1E+3", 100_000), ("0.005", 1), ("0.0049999", 0),
            ("0.1", 10), ("1.015", 102), ("8.575", 858), ("4035.015", 403_502), ("33730141.145", 3_373_014_115), ("-0", 0),
            ("90071992547409.93", 9_007_199_254_740_993), ("90000000000000000.00", 9_000_000_000_000_000_000), ("1e-30", 0),
            ("123456.7849999999999999999999", 12_345_678), ("123456.785000000000000000001", 12_345_679), ("-1.005", -101),
            ("92233720368547758.07", Int64.max), ("92233720368547758.08", nil), ("1e400", nil), ("99999999999999999999", nil),
            ("0.00000000000000000000000000001e30", 1_000),
        ] as [(String, Int64?)])
    func readsAmounts(text: String, hundredths: Int64?) throws {
        #expect(try scan(text) { try $0.number().scaled(places: 2) } == hundredths)
    }

    @Test(
        "reads whole numbers",
        arguments: [
            ("7", 7), ("7.0", 7), ("1e3", 1_000), ("7.5", nil), ("9223372036854775807", Int64.max), ("9223372036854775808", nil),
            ("1234567890123456789", 1_234_567_890_123_456_789), ("-12", -12), ("10.10", nil), ("0", 0),
        ] as [(String, Int64?)])
    func readsIntegers(text: String, value: Int64?) throws {
        #expect(try scan(text) { try $0.integer() } == value)
        #expect(
            try scan("[\(text),1]") { scanner in
                try scanner.beginArray()
                _ = try scanner.nextElement()
                return try scanner.integer()
            } == value)
    }
}
