import Synchronization
import Testing

@testable import KernelAPI

@Suite struct JSONDocumentReaderTests {
    private func parse(_ text: String) -> JSONValue? { JSONValue.parse(Array(text.utf8)) }

    @Test("Every form of value is read, with space wherever it may stand")
    func values() {
        let text = "\t{ \"a\" : [ 1 , -0.5 , true , false , null , \"x\" , { } , [ ] ] ,\r\n\"b\":{\"c\":[]}} \n"
        #expect(
            parse(text)
                == .object([
                    "a": .array([
                        .integer(1), .number(-0.5), .boolean(true), .boolean(false), .null, .string("x"), .object([:]),
                        .array([]),
                    ]),
                    "b": .object(["c": .array([])]),
                ]))
        for (text, value) in [("7", JSONValue.integer(7)), ("\"\"", .string("")), ("null", .null), ("[]", .array([]))] {
            #expect(parse(text) == value)
        }
    }

    @Test(
        "What RFC 8259 does not know is no document",
        arguments: [
            "", " ", "{", "[", "\"", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[]]", "{}{}", "1 2", "{,}", "{\"a\"}", "{\"a\":}",
            "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{1:1}", "tru", "True", "truee", "nul", "NaN", "Infinity", "-Infinity",
            "undefined", "// x\n1", "/* x */1", "\u{FEFF}{}", "\u{A0}1", "\u{B}1", "\u{0}", "{}\u{0}", "[\"a\"\u{C}]",
        ])
    func refused(_ text: String) { #expect(parse(text) == nil) }

    @Test(
        "A number has one form; whole ones are whole however they are written",
        arguments: [
            ("0", .integer(0)), ("-0", .integer(0)), ("1.0", .integer(1)), ("1e2", .integer(100)), ("1E+2", .integer(100)),
            ("100e-2", .integer(1)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(0x1p63)), ("9007199254740993.0", .number(0x1p53)), ("0.5", .number(0.5)),
            ("1e-400", .integer(0)),
        ] as [(String, JSONValue)])
    func numbers(_ text: String, _ value: JSONValue) { #expect(parse(text) == value) }

    @Test(
        "What is no number, or none that a double holds, is refused",
        arguments: [
            "-", "+1", "01", "-01", "00", ".5", "5.", "1.e2", "1e", "1e+", "1e1.5", "0x10", "1_000", "1,5", "--1", "1e400", "٣",
            "1" + String(repeating: "0", count: 400),
        ])
    func notNumbers(_ text: String) {
        #expect(parse(text) == nil)
        #expect(parse("[\(text)]") == nil || text == "1,5")
    }

    @Test("Escapes are what they stand for, surrogates only in pairs")
    func escapes() {
        #expect(parse(#""\"\\\/\b\f\n\r\t""#) == .string("\"\\/\u{8}\u{C}\n\r\t"))
        #expect(parse(#""\u0041\u00e9\u20AC\uD83D\uDE00\u0000""#) == .string("Aé€😀\u{0}"))
        for text in [
            #""\ud83d""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ud83d\u0041""#, #""\ud83d\ud83d""#, #""\ude00""#, #""\ude00\ud83d""#,
            #""\x41""#, #""\u41""#, #""\u004""#, #""\u004g""#, #""\u+041""#, #""\U0041""#, #""\""#, #""\u""#, #""\"#,
        ] { #expect(parse(text) == nil, "\(text)") }
    }

    @Test("Control characters stand in texts as escapes only; DEL and what follows it stand as they are")
    func controls() {
        for byte in UInt8(0)..<0x20 { #expect(JSONValue.parse([0x22, byte, 0x22]) == nil) }
        #expect(parse("\"\u{7F}\u{85}\u{2028}\"") == .string("\u{7F}\u{85}\u{2028}"))
    }

    @Test(
        "Bytes that are not UTF-8 are refused: cut short, overlong, surrogates, beyond Unicode, other encodings",
        arguments: [
            [0x80], [0xC3], [0xE2, 0x82], [0xC0, 0xAF], [0xC1, 0x81], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xFF], [0xFE, 0xFF],
        ] as [[UInt8]])
    func notUTF8(_ bytes: [UInt8]) {
        #expect(JSONValue.parse([0x22] + bytes + [0x22]) == nil)
        #expect(JSONValue.parse(Array("{\"".utf8) + bytes + Array("\":1}".utf8)) == nil)
    }

    @Test("Other encodings of Unicode are refused")
    func otherEncodings() {
        #expect(JSONValue.parse("{}".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }) == nil)
        #expect(JSONValue.parse("{}".unicodeScalars.flatMap { [0, 0, 0, UInt8($0.value)] }) == nil)
    }

    @Test("A member comes once, however its name is spelt", arguments: [#"{"a":1,"a":1}"#, #"{"a":1,"b":2,"\u0061":3}"#])
    func duplicates(_ text: String) {
        #expect(parse(text) == nil)
        #expect(parse("[{\"x\":\(text)}]") == nil)
        #expect(parse(#"{"a":{"a":1},"b":{"a":1}}"#) != nil)
    }

    @Test("Values are nested 32 deep at most, and a body of nothing but brackets does not overflow the stack")
    func depth() {
        let most = JSONValue.mostDepth
        func nested(_ open: String, _ close: String, _ depth: Int) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            #expect(parse(nested(open, close, most)) != nil)
            #expect(parse(nested(open, close, most + 1)) == nil)
            #expect(parse(String(repeating: open, count: 1_000_000)) == nil)
        }
    }

    @Test("Random documents are read as they were written")
    func random() {
        var random = SeededDocuments(seed: 7)
        for _ in 0..<300 {
            let value = random.value(depth: 0)
            #expect(parse(random.text(value)) == value)
        }
    }

    @Test(
        "No byte is looked at more than a few times, whatever the document",
        arguments: [
            String(repeating: "[", count: 32) + String(repeating: "1,", count: 8_000),
            "[" + String(repeating: "{},", count: 8_000),
            "{\"a\":\"" + String(repeating: "\\u0041", count: 4_000), "\"" + String(repeating: "\\\\", count: 8_000),
            String(repeating: " ", count: 16_000), "[" + String(repeating: "truf,", count: 4_000),
            String(repeating: "9", count: 16_000),
            "[" + (0..<2_000).map { "{\"k\($0)\":[null,0.5,\"x\"]}" }.joined(separator: " , ") + "]",
        ])
    func everyByteOnce(_ text: String) {
        let bytes = CountedBytes(Array(text.utf8))
        var reader = JSONDocumentReader(bytes)
        _ = reader.document()
        #expect(bytes.mostLooks <= 12)
    }
}

/// Bytes that know how often each was looked at.
private final class CountedBytes: RandomAccessCollection, Sendable {
    private let bytes: [UInt8]
    private let looks: Mutex<[Int]>

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        looks = Mutex(Array(repeating: 0, count: bytes.count))
    }

    var startIndex: Int { 0 }
    var endIndex: Int { bytes.count }
    var mostLooks: Int { looks.withLock { $0.max() ?? 0 } }

    subscript(position: Int) -> UInt8 {
        looks.withLock { $0[position] += 1 }
        return bytes[position]
    }
}
