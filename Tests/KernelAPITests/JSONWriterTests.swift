import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

@Suite struct JSONWriterTests {
    private func text(_ build: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        build(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("Every kind of member, nested and empty, is written exactly so")
    func exact() {
        let written = text { json in
            json.object { json in
                json.field("text", "a")
                json.field("none", String?.none)
                json.field("number", -5)
                json.field("noNumber", Int?.none)
                json.field("yes", true)
                json.field("id", id: 9_007_199_254_740_993)
                json.field("noID", id: nil)
                json.field("time", Date(timeIntervalSince1970: 0.25))
                json.field("noTime", Date?.none)
                json.object("empty") { _ in }
                json.array("nothing", [Int]()) { $0.value($1) }
                json.array("rows", [[1, 2], []]) { json, row in json.array(row) { $0.value($1) } }
                json.array("objects", ["x", nil]) { json, name in json.object { $0.field("name", name) } }
                json.field(named: "a\"b", "c")
            }
        }
        #expect(
            written == #"{"text":"a","none":null,"number":-5,"noNumber":null,"yes":true,"id":"9007199254740993","noID":null,"#
                + #""time":"1970-01-01T00:00:00.250Z","noTime":null,"empty":{},"nothing":[],"rows":[[1,2],[]],"#
                + #""objects":[{"name":"x"},{"name":null}],"a\"b":"c"}"#)
    }

    @Test("Any string comes back from Foundation's parser as it was, as a name and as a value")
    func strings() throws {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<3_000 {
            let (name, value) = (generator.text(atMost: 12), generator.text(atMost: 60))
            let written = text { json in json.object { $0.field(named: name, value) } }
            let parsed = try #require(try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: String])
            #expect(parsed.keys.first.map { Array($0.unicodeScalars) } == Array(name.unicodeScalars))
            #expect(parsed.values.first.map { Array($0.unicodeScalars) } == Array(value.unicodeScalars))
            #expect(!written.utf8.contains { $0 < 0x20 }, "a raw control character breaks lines")
        }
    }

    @Test("Random trees come back from Foundation's parser as they were")
    func trees() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let tree = Tree.random(depth: 5, &generator)
            let written = text { tree.write(to: &$0) }
            let parsed = try JSONSerialization.jsonObject(with: Data(written.utf8), options: .fragmentsAllowed)
            #expect(tree.equals(parsed), "\(written)")
        }
    }

    @Test("A JSON answer carries its media type")
    func response() {
        let answer = Response.json(status: .accepted) { $0.array([1]) { $0.value($1) } }
        #expect(answer.status == .accepted)
        #expect(answer.headers[.contentType] == "application/json")
        #expect(answer.body == Array("[1]".utf8))
    }

    private indirect enum Tree {
        case number(Int?)
        case text(String?)
        case list([Tree])
        case members(number: Int, inner: Tree, last: Bool)

        static func random(depth: Int, _ generator: inout SeededGenerator) -> Tree {
            switch Int.random(in: depth == 0 ? 0..<2 : 0..<4, using: &generator) {
            case 0: .number(Bool.random(using: &generator) ? .random(in: -(1 << 53)...(1 << 53), using: &generator) : nil)
            case 1: .text(Bool.random(using: &generator) ? generator.text(atMost: 5) : nil)
            case 2: .list((0..<Int.random(in: 0...3, using: &generator)).map { _ in random(depth: depth - 1, &generator) })
            default:
                .members(
                    number: .random(in: -9...9, using: &generator), inner: random(depth: depth - 1, &generator),
                    last: .random(using: &generator))
            }
        }

        func write(to json: inout JSONWriter) {
            switch self {
            case .number(let number): json.value(number)
            case .text(let text): json.value(text)
            case .list(let trees): json.array(trees) { $1.write(to: &$0) }
            case .members(let number, let inner, let last):
                json.object { json in
                    json.field("number", number)
                    json.array("inner", [inner]) { $1.write(to: &$0) }
                    json.field("last", last)
                }
            }
        }

        func equals(_ parsed: Any) -> Bool {
            switch self {
            case .number(nil), .text(nil): return parsed is NSNull
            case .number(let number?): return parsed as? Int == number
            case .text(let text?): return (parsed as? String).map { Array($0.unicodeScalars) } == Array(text.unicodeScalars)
            case .list(let trees):
                guard let list = parsed as? [Any], list.count == trees.count else { return false }
                return zip(trees, list).allSatisfy { $0.equals($1) }
            case .members(let number, let inner, let last):
                guard let members = parsed as? [String: Any], members.count == 3, let list = members["inner"] as? [Any],
                    list.count == 1
                else { return false }
                return members["number"] as? Int == number && inner.equals(list[0]) && members["last"] as? Bool == last
            }
        }
    }
}
