import HTTPTypes
import KernelAPI
import Testing

@Suite struct EventTests {
    private func text(_ event: ServerSentEvent) -> String { String(decoding: event.encoded, as: UTF8.self) }

    @Test("An event is its fields, one a line, and an empty line")
    func form() {
        let event = ServerSentEvent(id: "7", name: "killmail", data: Array(#"{"a":1}"#.utf8))
        #expect(text(event) == "id: 7\nevent: killmail\ndata: {\"a\":1}\n\n")
        #expect(text(ServerSentEvent(name: "x", data: [])) == "event: x\ndata: \n\n")
    }

    @Test("Line breaks in data begin another line of data; in other fields they cannot begin a field")
    func lineBreaks() {
        #expect(text(ServerSentEvent(name: "x", data: Array("a\nb".utf8))) == "event: x\ndata: a\ndata: b\n\n")
        let sly = ServerSentEvent(id: "1\ndata: sly", name: "x\r\nid: 9", data: Array("a\rid: 8".utf8))
        #expect(text(sly) == "id: 1 data: sly\nevent: x  id: 9\ndata: a id: 8\n\n")
    }
}
