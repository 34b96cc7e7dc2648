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

    func run() async throws {
        // The engine's own lines ("Server started...") say nothing that ours do not.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: DispatchingResponder(dispatcher: dispatcher),
            configuration: .init(address: .hostname(address.host, port: address.port), serverName: nil, reuseAddress: true),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? address.port) },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ListenError(
                "\(address) is in use by another program. Stop that one, or choose another port with --listen or BATTLESCOPE_LISTEN."
            )
        } catch let error as IOError where error.errnoCode == EACCES || error.errnoCode == EADDRNOTAVAIL {
            throw ListenError("\(address) cannot be listened on: \(error.description). Choose another with --listen.")
        }
    }
}

private struct DispatchingResponder: HTTPResponder {
    let dispatcher: Dispatcher

    func respond(to request: Hummingbird.Request, context: BasicRequestContext) async throws -> Hummingbird.Response {
        let answer = await dispatcher.answer(request.method, request.head.path ?? "/", headers: request.headers)
        let body = answer.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        return Hummingbird.Response(status: answer.status, headers: answer.headers, body: body)
    }
}

/// The listener could not be opened.
public struct ListenError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
