/// An HTTP answer before it is put on the wire, with the ways in which the wire may fail.
struct Reply: Sendable {
    enum Delivery: Sendable, Equatable {
        case whole
        /// The connection is closed when this share of the body is sent.
        case cut(at: Double)
        /// The body comes in ten pieces, one after each part of so many real seconds.
        case trickled(seconds: Double)
    }

    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var delivery = Delivery.whole

    static func json(_ value: JSONValue, status: Int = 200) -> Reply { json(value.bytes, status: status) }

    static func json(_ bytes: [UInt8], status: Int = 200) -> Reply {
        Reply(status: status, headers: [("Content-Type", "application/json")], body: bytes)
    }

    static func page(_ text: String, status: Int) -> Reply {
        Reply(
            status: status, headers: [("Content-Type", "text/html; charset=utf-8")],
            body: Array("<!DOCTYPE html><html><head><title>\(text)</title></head><body><h1>\(text)</h1></body></html>\n".utf8))
    }

    /// As ESI reports errors.
    static func error(_ status: Int, _ message: String) -> Reply { json(["error": .string(message)], status: status) }

    func with(_ name: String, _ value: String) -> Reply {
        var reply = self
        reply.headers.append((name, value))
        return reply
    }
}

/// What a service sees of a request.
struct SimulatedRequest: Sendable {
    let method: String
    /// Without the name of the service, without empty components: `["ephemeral", "1.json"]`.
    let path: [String]
    let query: [String: String]
    /// As it came, without the question mark.
    let rawQuery: String
    /// Host and port under which the client knows this server.
    let authority: String
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]

    func header(_ name: String) -> String? { headers[name] }
}

/// One of the outside services, mounted under a first path component.
protocol SimulatedService: Sendable {
    func reply(to request: SimulatedRequest) -> Reply
}
