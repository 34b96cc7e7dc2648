import Foundation
import Hummingbird
import KernelAPI
import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP listener: Hummingbird underneath, the dispatcher on top.
struct HTTPServer: Service {
    let dispatcher: Dispatcher
    let address: ListenAddress
    let logger: Logger
    /// Called with the real port once requests are accepted.
    let onListening: @Sendable (Int) async -> Void
    var idleTimeout = Limits.idle

    /// What one client can hold on to.
    enum Limits {
        /// More wait in the kernel's backlog until one ends.
        static let connections = 4_096
        /// Also how long a request's head may take to arrive.
        static let idle = TimeAmount.seconds(60)
        static let headerBytes = 32 * 1024
        static let headerCount = 100
    }

    func run() async throws {
        // The engine's own lines ("Server started...") say nothing that ours do not.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: DispatchingResponder(dispatcher: dispatcher),
            server: .http1(
                configuration: .init(
                    idleTimeout: idleTimeout,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: Limits.headerBytes, maxHeaderListSize: Limits.headerBytes,
                        maxHeaderFieldCount: Limits.headerCount))),
            configuration: .init(
                address: .hostname(address.host, port: address.port), serverName: nil, reuseAddress: true,
                availableConnectionsDelegate: .maximum(Limits.connections, logger: quiet)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? address.port) },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ListenError(
                "\(address) is in use by another program. Stop that one, or choose another port with --listen or "
                    + "BATTLESCOPE_LISTEN."
            )
        } catch let error as IOError where error.errnoCode == EACCES || error.errnoCode == EADDRNOTAVAIL {
            throw ListenError("\(address) cannot be listened on: \(error.description). Choose another with --listen.")
        }
    }
}

private struct DispatchingResponder: HTTPResponder {
    let dispatcher: Dispatcher

    func respond(to request: Hummingbird.Request, context: ConnectionContext) async throws -> Hummingbird.Response {
        let hasBody =
            request.headers.contains(.transferEncoding) || request.headers[.contentLength].map { $0 != "0" } ?? false
        var answer = await dispatcher.answer(
            request.method, request.head.path ?? "/", headers: request.headers, hasBody: hasBody)
        if hasBody {
            // The engine would read the body to its end to find the next request, however long it is or takes. This event
            // makes it close the connection after the answer instead.
            answer.headers[.connection] = "close"
            context.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        let body = answer.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        return Hummingbird.Response(status: answer.status, headers: answer.headers, body: body)
    }
}

/// Keeps the connection, which the engine's own contexts hide.
private struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// The listener could not be opened.
public struct ListenError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
