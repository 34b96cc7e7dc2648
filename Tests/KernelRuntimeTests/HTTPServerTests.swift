import HTTPTypes
import KernelAPI
import NIOCore
import ServiceLifecycle
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(1))) struct HTTPServerTests {
    private let entered = Record<Bool>()

    /// Serves until `body` returns, then shuts down gracefully and waits for the end.
    private func serve(
        _ limits: ConnectionLimits = ConnectionLimits(), gate: AsyncStream<Void> = AsyncStream { $0.finish() },
        _ body: (_ port: Int, ServiceGroup) async throws -> Void
    ) async throws {
        let entered = entered
        try await ServerBench.serve(
            [
                .test("/ok") { _ in TestText("fine") },
                .test("/slow") { _ in
                    entered.add(true)
                    for await _ in gate {}
                    return TestText("late")
                },
                .test("/large") { _ in Document<PlainText>([UInt8](repeating: 97, count: 30_000_000)) },
                .post("/words", "Test", policy: .open(because: "a test"), bodyLimit: 100_000) {
                    (_: NoInput, body: TestWord, _) in
                    entered.add(true)
                    return TestText(String(body.word.count))
                },
            ], limits: limits, body)
    }

    @Test("GET and HEAD are answered over a socket on one connection, HEAD with the length and without the body")
    func answers() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("HEAD /ok HTTP/1.1\r\nHost: x\r\n\r\n")
                let head = try await connection.read("\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200 OK") && head.contains("Content-Length: 15\r\n"))
                #expect(head.hasSuffix("\r\n\r\n"))
                try await connection.write("GET /ok HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.read("fine\"}").hasSuffix(#"{"text":"fine"}"#))
            }
        }
    }

    private static func post(_ body: String, _ fields: String = "") -> String {
        "POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\(fields)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("A body is read, whole or in chunks, and the connection goes on")
    func bodies() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                let long = String(repeating: "x", count: 90_000)
                try await connection.write(Self.post(#"{"word":"\#(long)"}"#))
                #expect(try await connection.read("}").hasSuffix(#"{"text":"90000"}"#))
                try await connection.write(
                    "POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "5\r\n{\"wor\r\n")
                try await connection.write("6\r\nd\":\"ab\r\n2\r\n\"}\r\n0\r\n\r\n")
                #expect(try await connection.read("}").hasSuffix(#"{"text":"2"}"#))
                try await connection.write("GET /ok HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.read("fine\"}").hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    @Test("A client that asks whether it may send is told to, and only where its body is wanted")
    func expectations() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(
                    "POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n"
                        + "Expect: 100-continue\r\n\r\n")
                #expect(try await connection.read("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try await connection.write(#"{"word":"a"}"#)
                #expect(try await connection.read("}").hasPrefix("HTTP/1.1 200"))
                try await connection.write(
                    "POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n"
                        + "Expect: 100-continue\r\n\r\n")
                #expect(try await connection.read("never").hasPrefix("HTTP/1.1 415"))
            }
        }
    }

    @Test(
        "A body that is not taken, too long or of another type is refused, and the connection ends without reading it",
        arguments: [
            ("GET /ok", "Content-Length: 1000000000", "413", "body_not_taken"),
            ("GET /ok", "Transfer-Encoding: chunked", "413", "body_not_taken"),
            ("POST /words", "Content-Type: application/json\r\nContent-Length: 100001", "413", "body_too_large"),
            ("POST /words", "Content-Type: text/plain\r\nContent-Length: 5", "415", "unsupported_media_type"),
        ])
    func refusedBodies(_ line: String, _ fields: String, _ status: String, _ code: String) async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("\(line) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n")
                // Reads to the end of the connection: it comes although the body never does.
                let answer = try await connection.read("never")
                #expect(answer.hasPrefix("HTTP/1.1 \(status)") && answer.contains(code))
                #expect(answer.contains("Connection: close\r\n"))
            }
        }
    }

    @Test("A chunked body that grows beyond the limit is 413, and its sender gets to read that")
    func growingBody() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(
                    "POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<20 {
                    // The server may have said enough before all is written.
                    try? await connection.write("2000\r\n" + String(repeating: "x", count: 0x2000) + "\r\n")
                }
                #expect(try await connection.read("body_too_large").hasPrefix("HTTP/1.1 413"))
                #expect(entered.all.isEmpty)
            }
        }
    }

    @Test("A body that does not arrive in time is 408")
    func slowBody() async throws {
        var limits = ConnectionLimits()
        limits.body = .milliseconds(50)
        try await serve(limits) { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(
                    "POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"wor")
                let answer = try await connection.read("never")
                #expect(answer.hasPrefix("HTTP/1.1 408") && answer.contains("body_too_slow"))
            }
        }
    }

    @Test("A handler that takes too long is given up: 503, and its task is cancelled")
    func slowHandler() async throws {
        var limits = ConnectionLimits()
        limits.handler = .milliseconds(50)
        let (gate, _) = AsyncStream.makeStream(of: Void.self)
        try await serve(limits, gate: gate) { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
                let answer = try await connection.read("never")
                #expect(answer.hasPrefix("HTTP/1.1 503") && answer.contains("took_too_long") && answer.contains("Retry-After: 5"))
            }
        }
    }

    @Test("A client that does not read its answer loses the connection")
    func stalledReader() async throws {
        var limits = ConnectionLimits()
        limits.stall = .milliseconds(100)
        try await serve(limits) { port, _ in
            try await RawConnection.open(port, reads: false) { connection in
                try await connection.write("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
                // Nothing is read until the server has hung up.
                try await connection.closed()
            }
        }
    }

    @Test("A client that reads takes an answer of any size")
    func largeAnswer() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(try await connection.read("never").count > 30_000_000)
            }
        }
    }

    @Test("Requests that come together are answered one after the other, in their order")
    func pipelining() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                let words = (1...50).map { String(repeating: "x", count: $0) }
                try await connection.write(
                    words.map { Self.post(#"{"word":"\#($0)"}"#) + "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" }.joined()
                        + "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                let answers = try await connection.read("never")
                #expect(answers.matches(of: /"text":"(\d+)"/).map { Int($0.1) } == Array(1...50))
                #expect(answers.matches(of: /HTTP\/1.1 404/).count == 50 && answers.hasSuffix(#"{"text":"fine"}"#))
            }
        }
    }

    @Test("A client of HTTP/1.0 gets the connection's end, unless it asks to keep it")
    func oldClients() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(try await connection.read("}").contains("Connection: keep-alive\r\n"))
                try await connection.write("GET /ok HTTP/1.0\r\n\r\n")
                #expect(try await connection.read("never").contains("Connection: close\r\n"))
            }
        }
    }

    @Test("A client that says it sends no more still gets its answer")
    func halfClosed() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await serve(gate: gate) { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = await entered.next()
                connection.finish()
                open.finish()
                #expect(try await connection.read("never").hasSuffix(#"{"text":"late"}"#))
            }
        }
    }

    @Test(
        "What is no request is 400, and the connection ends",
        arguments: [
            "nonsense\r\n\r\n", "GET /ok HTTP/1.1\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET /ok HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "GET /ok HTTP/1.1\r\n: x\r\nHost: x\r\n\r\n",
        ])
    func malformed(_ request: String) async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(request)
                let answer = try await connection.read("never")
                #expect(answer.hasPrefix("HTTP/1.1 400") || answer.hasPrefix("HTTP/1.1 413"), "\(answer.prefix(200))")
            }
        }
    }

    @Test("Every answer has the date, and a target as for a proxy is understood")
    func small() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("GET http://x/ok HTTP/1.1\r\nHost: x\r\n\r\n")
                let answer = try await connection.read("}")
                #expect(answer.hasPrefix("HTTP/1.1 200"))
                #expect(answer.contains(/\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/))
            }
        }
        #expect(String(decoding: HTTPDate.format(784_111_777), as: UTF8.self) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test("Heads and addresses beyond the limits are refused and the connection ends")
    func longHeads() async throws {
        try await serve { port, _ in
            for head in [
                "GET /ok HTTP/1.1\r\nX: \(String(repeating: "a", count: 100_000))\r\n\r\n",
                "GET /ok HTTP/1.1\r\n" + (0..<200).map { "X-\($0): a\r\n" }.joined() + "\r\n",
                "GET /\(String(repeating: "a", count: 1_000_000)) HTTP/1.1\r\n\r\n",
            ] {
                try await RawConnection.open(port) { connection in
                    // The server may close before all is written.
                    try? await connection.write(head)
                    let answer = try await connection.read("never")
                    #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"))
                }
            }
            try await RawConnection.open(port) { connection in
                try await connection.write("GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.read("uri_too_long").hasPrefix("HTTP/1.1 414"))
            }
        }
    }

    @Test("A connection on which nothing happens ends, also in the middle of a request's head")
    func idle() async throws {
        var limits = ConnectionLimits()
        limits.idle = .milliseconds(50)
        try await serve(limits) { port, _ in
            for started in ["", "GET /ok HTTP/1.1\r\nHost:"] {
                try await RawConnection.open(port) { connection in
                    // On a busy machine the server may be faster, and closing is what is asked of it.
                    if !started.isEmpty { try? await connection.write(started) }
                    _ = try await connection.read("never")
                }
            }
        }
    }

    @Test("A port in use is an error that says what to do")
    func portInUse() async throws {
        try await serve { port, _ in
            let second = HTTPServer(
                dispatcher: Dispatcher(routes: [], authenticator: FixedAuthenticator(nil), logger: silent),
                address: try #require(ListenAddress("127.0.0.1:\(port)")),
                logger: silent, onListening: { _ in })
            let error = await #expect(throws: ListenError.self) { try await second.run() }
            #expect(error?.description.contains("127.0.0.1:\(port) is in use by another program") == true)
        }
    }

    @Test("Graceful shutdown finishes the request in flight and does not wait for idle connections")
    func shutdown() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await serve(gate: gate) { port, group in
            try await RawConnection.open(port) { idle in
                try await idle.write("GET /ok HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await idle.read("fine\"}")
                try await RawConnection.open(port) { halfway in
                    try await halfway.write("GET /ok HT")
                    try await RawConnection.open(port) { busy in
                        try await busy.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
                        _ = await entered.next()
                        await group.triggerGracefulShutdown()
                        // The idle ones end while the busy one is still at work.
                        #expect(try await idle.read("never") == "")
                        #expect(try await halfway.read("never") == "")
                        open.finish()
                        #expect(try await busy.read("never").hasSuffix(#"{"text":"late"}"#))
                    }
                }
            }
        }
    }
}
