import AsyncHTTPClient
import NIOCore
import NIOPosix
import Synchronization

/// A server on this machine that answers a request with exactly the bytes a test gives, and then says no more.
final class StallingServer: Sendable {
    private let log = Mutex<[String]>([])
    private let script: @Sendable (String) -> String?

    /// Everything that came in, by request.
    var requests: [String] { log.withLock { $0 } }

    private init(_ script: @escaping @Sendable (String) -> String?) { self.script = script }

    /// - Parameter script: from a request to the bytes of its answer; `nil` for none.
    static func run(
        _ script: @escaping @Sendable (String) -> String?,
        _ body: (StallingServer, String, HTTPClient) async throws -> Void
    ) async throws {
        let server = StallingServer(script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(server)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)", client))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        try await channel.close().get()
        try result.get()
    }

    private func answer(_ request: String) -> String? {
        log.withLock { $0.append(request) }
        return script(request)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let server: StallingServer
        private var received = ""

        init(_ server: StallingServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += String(buffer: unwrapInboundIn(data))
            // The body of a request may come with its head or later; it is not looked at.
            guard received.contains("\r\n\r\n") else { return }
            if received.hasPrefix("GET ") || received.hasPrefix("POST ") {
                if let answer = server.answer(received) {
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
                }
            }
            received = ""
        }
    }
}
