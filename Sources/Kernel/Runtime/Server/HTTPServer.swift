import HummingbirdCore
import KernelAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// The HTTP listener: Hummingbird accepts connections and ends them at shutdown, ``HTTPConnection`` speaks HTTP on each, the
/// dispatcher answers.
struct HTTPServer: Service {
    let dispatcher: Dispatcher
    let address: ListenAddress
    let logger: Logger
    /// Called with the real port once requests are accepted.
    let onListening: @Sendable (Int) async -> Void
    var limits = ConnectionLimits()

    func run() async throws {
        // The engine's own lines ("Server started...") say nothing that ours do not.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let configuration = ServerConfiguration(
            address: .hostname(address.host, port: address.port), backlog: 1_024, reuseAddress: true,
            availableConnectionsDelegate: .maximum(limits.connections, logger: quiet))
        let server = HTTPConnections(dispatcher: dispatcher, limits: limits).server(
            configuration: configuration,
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? address.port) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet)
        do {
            try await server.run()
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

/// Makes a connection of every accepted channel, and waits for its end.
private struct HTTPConnections: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let connection: HTTPConnection
    }

    let dispatcher: Dispatcher
    let limits: ConnectionLimits
    let date = HTTPDate()
    let executors = EventLoopExecutors()

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var heads = NIOHTTPDecoderLimitConfiguration()
            heads.maxHeaderFieldSize = limits.headerBytes
            heads.maxHeaderListSize = limits.headerBytes
            heads.maxHeaderFieldCount = limits.headerCount
            let connection = HTTPConnection(
                dispatcher: dispatcher, limits: limits, date: date, executor: executors.executor(of: channel.eventLoop))
            let decoder = HTTPRequestDecoder(
                leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop, limitConfiguration: heads)
            try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(decoder), connection])
            return Value(channel: channel, connection: connection)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            _ = try? await value.channel.closeFuture.get()
            await value.connection.finished()
        } onCancel: {
            // The patience at shutdown has run out.
            value.channel.close(promise: nil)
        }
    }
}

/// One executor per event loop.
private final class EventLoopExecutors: Sendable {
    private let executors: [ObjectIdentifier: EventLoopTaskExecutor]

    init() {
        var executors: [ObjectIdentifier: EventLoopTaskExecutor] = [:]
        for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
            executors[ObjectIdentifier(loop)] = EventLoopTaskExecutor(loop)
        }
        self.executors = executors
    }

    func executor(of loop: any EventLoop) -> EventLoopTaskExecutor {
        executors[ObjectIdentifier(loop)] ?? EventLoopTaskExecutor(loop)
    }
}

/// The listener could not be opened.
public struct ListenError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
