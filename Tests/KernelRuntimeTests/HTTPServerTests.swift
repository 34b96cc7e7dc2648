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
        idle: TimeAmount = .seconds(60), gate: AsyncStream<Void> = AsyncStream { $0.finish() },
        _ body: (_ port: Int, ServiceGroup) async throws -> Void
    ) async throws {
        let ports = Record<Int>()
        let entered = entered
        let routes: [Route] = [
            .get("/ok", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in Response.json { $0.value("fine") } },
            .get("/slow", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in
                entered.add(true)
                for await _ in gate {}
                return Response.json { $0.value("late") }
            },
        ]
        var server = HTTPServer(
            dispatcher: Dispatcher(routes: routes, authenticator: FixedAuthenticator(nil), logger: silent),
            address: try #require(ListenAddress("127.0.0.1:0")),
            logger: silent, onListening: { ports.add($0) })
        server.idleTimeout = idle
        let group = ServiceGroup(services: [server], logger: silent)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await ports.next())
            try await body(port, group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("GET and HEAD are answered over a socket on one connection, HEAD with the length and without the body")
    func answers() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("HEAD /ok HTTP/1.1\r\nHost: x\r\n\r\n")
                let head = try await connection.read("\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200 OK") && head.contains("Content-Length: 6\r\n"))
                #expect(head.hasSuffix("\r\n\r\n"))
                try await connection.write("GET /ok HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.read("fine\"").hasSuffix("\"fine\""))
            }
        }
    }

    @Test(
        "A request with a body is refused before the body is read, and the connection ends",
        arguments: [
            "Content-Length: 1000000000", "Transfer-Encoding: chunked",
        ])
    func bodies(_ header: String) async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("GET /ok HTTP/1.1\r\nHost: x\r\n\(header)\r\n\r\n")
                // Reads to the end of the connection: it comes although the body never does.
                let answer = try await connection.read("never")
                #expect(answer.hasPrefix("HTTP/1.1 413"))
                #expect(answer.contains("body_not_taken"))
            }
        }
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
        try await serve(idle: .milliseconds(50)) { port, _ in
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
                _ = try await idle.read("fine\"")
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
                        #expect(try await busy.read("never").hasSuffix("\"late\""))
                    }
                }
            }
        }
    }
}
