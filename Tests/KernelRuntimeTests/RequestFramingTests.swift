import KernelAPI
import ServiceLifecycle
import Testing

@testable import KernelRuntime

/// Where one request ends and the next begins: whoever makes a proxy and this server disagree about it can put requests into
/// other people's connections.
@Suite(.timeLimit(.minutes(10))) struct RequestFramingTests {
    private func serve(_ body: (_ port: Int, ServiceGroup) async throws -> Void) async throws {
        try await ServerBench.serve(
            [
                .test("/ok") { _ in TestText("fine") },
                .test("/hidden") { _ in TestText("smuggled") },
                .post("/words", "Test", policy: .open(because: "a test"), bodyLimit: 100_000) {
                    (_: NoInput, body: TestWord, _) in TestText(body.word)
                },
            ], body)
    }

    private static let hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test(
        "A request whose end is in doubt is 400, and nothing after it is read",
        arguments: [
            "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity", "Transfer-Encoding: \"chunked\"",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding:\u{B}chunked", "Transfer-Encoding: chunked;q=1", "Transfer-Encoding : chunked",
            "X: y\r\n Transfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 0",
            "Content-Length: 0\r\nTransfer-Encoding: chunked", "Content-Length: 0\r\nContent-Length: 34",
            "Content-Length: 0\r\nContent-Length: 0", "Content-Length: 0, 34", "Content-Length: +0", "Content-Length: 0x0",
            "Content-Length: -0", "Content-Length: 0 34", "Content-Length:", "Content-Length : 0", "Content-Length\t: 0",
            "Content-Length: 99999999999999999999999", "X: a\u{0}b", "X: a\rContent-Length: 34", ": y", "X y", "X(): y",
        ])
    func doubtful(_ fields: String) async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(
                    "POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\(fields)\r\n\r\n0\r\n\r\n"
                        + Self.hidden)
                let answer = try await connection.read("never")
                #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(200))")
                #expect(answer.matches(of: /HTTP\/1\.1\s/).count == 1 && !answer.contains("smuggled"), "\(answer)")
            }
        }
    }

    @Test(
        "Chunks that are not exactly as they should be end the connection, and nothing after them is read",
        arguments: [
            "0x5\r\nhello\r\n", "-5\r\nhello\r\n", "+5\r\nhello\r\n", "5\r\nhelloX\r\n", "5\nhello\n", "5 \r\nhello\r\n",
            "\r\n5\r\nhello\r\n", "g\r\n", "fffffffffffffffff\r\nhello\r\n", "5\r\nhello",
        ])
    func chunks(_ chunk: String) async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(
                    "POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "\(chunk)0\r\n\r\n" + Self.hidden)
                let answer = try await connection.read("never")
                #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(200))")
                #expect(answer.matches(of: /HTTP\/1\.1\s/).count == 1 && !answer.contains("smuggled"), "\(answer)")
            }
        }
    }

    @Test("HTTP/1.0 knows no chunks")
    func oldChunks() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(
                    "POST /words HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Self.hidden)
                let answer = try await connection.read("never")
                #expect(answer.contains(/^HTTP\/1\.\d 400\s/) && !answer.contains("smuggled"), "\(answer)")
            }
        }
    }

    @Test("A body that is not wanted is not taken for a request")
    func unwanted() async throws {
        try await serve { port, _ in
            for (line, status) in [("GET /ok", "413"), ("POST /nothing", "404"), ("DELETE /ok", "405"), ("OPTIONS /ok", "4")] {
                try await RawConnection.open(port) { connection in
                    try await connection.write(
                        "\(line) HTTP/1.1\r\nHost: x\r\nContent-Length: \(Self.hidden.utf8.count)\r\n\r\n" + Self.hidden)
                    let answer = try await connection.read("never")
                    #expect(answer.hasPrefix("HTTP/1.1 \(status)") && !answer.contains("smuggled"), "\(line): \(answer)")
                }
            }
        }
    }

    @Test(
        "An offer of another protocol is declined: the request is answered, the connection ends, and nothing hangs",
        arguments: ["Connection: Upgrade\r\nUpgrade: h2c", "Connection: keep-alive, upgrade\r\nUpgrade: websocket"])
    func upgrades(_ fields: String) async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("GET /ok HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n" + Self.hidden)
                let answer = try await connection.read("never")
                #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("Connection: close\r\n"))
                #expect(!answer.contains("smuggled"))
            }
            try await RawConnection.open(port) { connection in
                try await connection.write("CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n" + Self.hidden)
                let answer = try await connection.read("never")
                #expect(answer.hasPrefix("HTTP/1.1 4") && !answer.contains("smuggled"), "\(answer)")
            }
        }
    }
}
