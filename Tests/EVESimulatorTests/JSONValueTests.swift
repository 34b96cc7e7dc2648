import Testing

@testable import EVESimulator

@Suite("JSON of the simulator")
struct JSONValueTests {
    @Test(
        "keeps what it reads",
        arguments: [
            #"{"a":1,"b":[true,false,null],"c":"x\"y\\z","d":-1.5e3,"e":{}}"#, "[]", #""über""#, "9007199254740993", "0.10",
        ])
    func roundTrip(text: String) throws {
        #expect(try JSONParser.parse(text.utf8).text == text)
    }

    @Test("reads escapes, also of characters beyond 16 bits")
    func escapes() throws {
        #expect(try JSONParser.parse(#""\u00fc\n\ud83d\ude00""#.utf8).string == "ü\n😀")
    }

    @Test("refuses what is no JSON", arguments: ["", "{", "[1,]", "{\"a\" 1}", "nul", "1 2", "\"a", "{1:2}", "--1"])
    func refuses(text: String) {
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(text.utf8) }
    }

    @Test("refuses nesting that could exhaust the stack")
    func depth() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(text.utf8) }
    }

    @Test("sets, replaces and removes members")
    func members() {
        var value: JSONValue = ["a": 1, "b": 2]
        value["a"] = "x"
        value["b"] = nil
        value["c"] = true
        #expect(value.text == #"{"a":"x","c":true}"#)
    }

    @Test(
        "calendar: text, day and HTTP date of a second, and back",
        arguments: [
            (1_711_413_278, "2024-03-26T00:34:38Z", "20240326", "Tue, 26 Mar 2024 00:34:38 GMT"),
            (951_782_399, "2000-02-28T23:59:59Z", "20000228", "Mon, 28 Feb 2000 23:59:59 GMT"),
            (-1, "1969-12-31T23:59:59Z", "19691231", "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] as [(Int64, String, String, String)])
    func calendar(seconds: Int64, iso: String, day: String, http: String) {
        #expect(Timestamp.iso(seconds) == iso)
        #expect(Timestamp.day(seconds) == day)
        #expect(Timestamp.http(seconds) == http)
        #expect(Timestamp.parse(iso) == seconds)
    }
}
