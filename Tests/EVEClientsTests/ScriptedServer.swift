import AsyncHTTPClient
import EVE
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

@testable import EVEClients

/// A small HTTP server on this machine whose answers a test writes.
final class ScriptedServer: Sendable {
    struct Received: Sendable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: String
    }

    struct Reply: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body: [UInt8] = []

        static func text(_ text: String, status: Int = 200, headers: [String: String] = [:]) -> Reply {
            Reply(status: status, headers: headers, body: Array(text.utf8))
        }
    }

    private let log = Mutex<[Received]>([])
    private let script: @Sendable (Received) -> Reply

    var requests: [Received] { log.withLock { $0 } }

    private init(_ script: @escaping @Sendable (Received) -> Reply) { self.script = script }

    /// Starts a server, hands its address and a client to `body`, and stops both.
    static func run(
        _ script: @escaping @Sendable (Received) -> Reply,
        _ body: @Sendable (ScriptedServer, String, HTTPClient) async throws -> Void
    ) async throws {
        let server = ScriptedServer(script)
        let (addresses, address) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let app = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in try await server.respond(to: request) },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in address.yield("http://127.0.0.1:\(channel.localAddress?.port ?? 0)") })
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await app.run() }
                defer { group.cancelAll() }
                for await url in addresses.prefix(1) { try await body(server, url, client) }
            }
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private func respond(to request: Request) async throws -> Response {
        let buffer = try await request.body.collect(upTo: 1024 * 1024)
        let received = Received(
            method: request.method.rawValue, path: request.uri.path,
            headers: Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }) { first, _ in first },
            body: String(buffer: buffer))
        log.withLock { $0.append(received) }
        let reply = script(received)
        var headers = HTTPFields()
        for (name, value) in reply.headers { if let name = HTTPField.Name(name) { headers[name] = value } }
        return Response(
            status: .init(code: reply.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
}

extension OutsideTime {
    /// For a server on this machine: as fast as possible.
    static func hurried(_ url: String) throws -> OutsideTime { try OutsideTime(scale: 0.0001, baseURLs: [url], random: { 0.5 }) }
}

extension OutsideIdentity {
    static var test: OutsideIdentity {
        get throws {
            guard let identity = OutsideIdentity(version: "1.2.3", contact: "tests@example.com") else {
                throw CancellationError()
            }
            return identity
        }
    }
}
