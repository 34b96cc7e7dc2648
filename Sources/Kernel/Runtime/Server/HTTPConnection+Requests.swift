import Foundation
import HTTPTypes
import KernelAPI
import NIOCore
import NIOHTTP1

// What comes in.
extension HTTPConnection {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parts.append(unwrapInboundIn(data))
        proceed()
    }

    /// The channel asks whether it should read on: only when everything so far was looked at.
    func read(context: ChannelHandlerContext) {
        if parts.isEmpty { context.read() } else { isReadHeldBack = true }
    }

    /// Takes what has come as far as it can be taken now.
    func proceed() {
        while let part = parts.first, isTakeable(part) {
            parts.removeFirst()
            take(part)
        }
        if isReadHeldBack, parts.isEmpty {
            isReadHeldBack = false
            context?.read()
        }
    }

    private func isTakeable(_ part: HTTPServerRequestPart) -> Bool {
        switch phase {
        case .waiting: context?.channel.isWritable ?? true
        case .streaming, .finishing, .lingering, .closed: true
        case .answering:
            switch (part, exchange?.body) {
            // The next request waits for the answer to this one.
            case (.head, _): false
            case (_, .unread?): false
            default: true
            }
        }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (phase, part) {
        case (.waiting, .head(let head)): begin(head)
        case (.answering, .body(let bytes)): append(bytes)
        case (.answering, .end): endBody()
        default: break
        }
    }

    // MARK: Heads

    private func begin(_ head: HTTPRequestHead) {
        exchanges += 1
        let hasBody =
            head.headers.contains(name: "transfer-encoding") || head.headers["content-length"].contains { Int($0) != 0 }
        guard let method = HTTPRequest.Method(head.method.rawValue) else {
            return refuse(Problem(.badRequest, "bad_request", "The request's method is no word."))
        }
        let request = IncomingRequest(
            method, Self.target(head.uri), headers: Self.fields(head.headers), client: client,
            body: hasBody ? .incoming(ConnectionBody(connection: self, exchange: exchanges)) : .none)
        exchange = Exchange(
            number: exchanges, request: request, isChunkable: head.version == .http1_1,
            keepsAlive: head.isKeepAlive && !Self.isLast(head),
            expectsContinue: false, body: hasBody ? .unread : .none)
        phase = .answering
        since = .now()
        if let problem = Self.problem(head) { return refuse(problem) }
        exchange?.expectsContinue = head.headers.contains(name: "expect")
        let number = exchanges
        exchange?.task = Task(executorPreference: executor) { [dispatcher] in
            let answer = await dispatcher.answer(request)
            if let stream = answer.stream {
                await self.run(stream, answer, of: number)
            } else {
                self.onLoop { self.deliver(answer, to: number) }
            }
        }
    }

    /// What makes a head one that no route should see.
    private static func problem(_ head: HTTPRequestHead) -> Problem? {
        if head.version == .http1_1, head.headers["host"].count != 1 {
            return Problem(.badRequest, "bad_request", "A request has exactly one Host field.")
        }
        // Where a body ends must be beyond doubt: whatever stands in front of this server could see another request in it.
        let codings = head.headers["transfer-encoding"]
        if !codings.isEmpty, head.version != .http1_1 || codings.count > 1 || codings[0].lowercased() != "chunked" {
            return Problem(.badRequest, "bad_request", "Transfer-Encoding can be chunked, in HTTP/1.1, and nothing else.")
        }
        if let expected = head.headers.first(name: "expect"), expected.lowercased() != "100-continue" {
            return Problem(.expectationFailed, "expectation_failed", "Nothing but 100-continue can be expected here.")
        }
        return nil
    }

    /// The client offers to go on in another protocol, and the parser takes it at its word: it reads no further request. The
    /// offer is declined, as it may be, and the client comes back on another connection.
    private static func isLast(_ head: HTTPRequestHead) -> Bool {
        if head.method == .CONNECT { return true }
        return head.headers.contains(name: "upgrade")
            && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// Path and query, also of a target that a client wrote as for a proxy: `http://host/path`.
    private static func target(_ uri: String) -> String {
        guard uri.utf8.first != UInt8(ascii: "/"), let scheme = uri.firstRange(of: "://") else { return uri }
        let path = uri[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        return path.hasPrefix("/") ? String(path) : "/\(path)"
    }

    /// Fields with names that cannot be are left out, as nobody can ask for them.
    private static func fields(_ headers: HTTPHeaders) -> HTTPFields {
        var fields = HTTPFields()
        fields.reserveCapacity(headers.count)
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return fields
    }

    // MARK: Bodies

    /// Reads the body of an exchange to its end.
    func readBody(of number: Int, upTo limit: Int, _ continuation: CheckedContinuation<[UInt8], any Error>) {
        guard phase == .answering, exchange?.number == number, case .unread? = exchange?.body else {
            return continuation.resume(throwing: CancellationError())
        }
        exchange?.body = .reading(limit: limit, bytes: [], continuation)
        since = .now()
        if exchange?.expectsContinue == true, parts.isEmpty {
            var go = ByteBuffer()
            go.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
            write(go)
        }
        proceed()
        // What the client sent before it went is not the whole.
        if isInputClosed || isInputBroken { failBody(Problem.unreadableBody) }
    }

    private func append(_ bytes: ByteBuffer) {
        guard case .reading(let limit, var collected, let continuation)? = exchange?.body else { return }
        // Not held twice while it grows.
        exchange?.body = .refused
        guard collected.count + bytes.readableBytes <= limit else {
            return continuation.resume(throwing: Problem.bodyTooLarge(limit: limit))
        }
        collected.append(contentsOf: bytes.readableBytesView)
        exchange?.body = .reading(limit: limit, bytes: collected, continuation)
    }

    private func endBody() {
        switch exchange?.body {
        case .reading(_, let bytes, let continuation)?:
            exchange?.body = .read
            since = .now()
            continuation.resume(returning: bytes)
        case .refused?: exchange?.body = .read
        case nil, .none?, .unread?, .read?: break
        }
    }

    /// The body will not be complete.
    func failBody(_ error: any Error) {
        guard case .reading(_, _, let continuation)? = exchange?.body else { return }
        exchange?.body = .refused
        since = .now()
        continuation.resume(throwing: error)
    }
}

/// A request's body that is still in the socket.
struct ConnectionBody: IncomingBody {
    let connection: HTTPConnection
    let exchange: Int

    func collect(upTo limit: Int) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            connection.onLoop { connection.readBody(of: exchange, upTo: limit, continuation) }
        }
    }
}
