public import Logging
import Metrics
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// Redis for everybody in this process: one connection that carries the commands of all tasks, in the order they come, without
/// waiting for answers in between. The connection lives on an event loop; nothing here blocks the cooperative pool.
///
/// Creating one does no I/O. ``run()`` connects, and connects again whenever the connection is lost, until it is cancelled or
/// shut down gracefully. While there is no connection, ``send(_:)`` fails at once with ``RedisError/Code/unavailable``: Redis is
/// what makes things quick, and its absence must not make them slow.
public final class RedisClient: Service, Sendable {
    public let configuration: RedisConfiguration
    private let link: RedisLink
    private let keeper: ConnectionKeeper
    private let subscriptions: Subscriptions
    private let metrics: RedisMetrics

    public init(configuration: RedisConfiguration, logger: Logger) {
        self.configuration = configuration
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let metrics = RedisMetrics()
        let link = RedisLink(configuration: configuration, metrics: metrics, logger: logger)
        let connector = RedisConnector(configuration: configuration, eventLoop: eventLoop)
        let limits = CommandQueue.Limits(
            commands: configuration.maximumCommandsInFlight, bytes: configuration.maximumBytesInFlight)
        keeper = ConnectionKeeper(
            configuration: configuration, eventLoop: eventLoop,
            owner: .init(
                connect: {
                    connector.connect {
                        CommandHandler(queue: CommandQueue(limits: limits), configuration: configuration, metrics: metrics)
                    }
                },
                opened: { link.opened($0) },
                away: { link.away($0) },
                close: { channel in
                    let handler = try? channel.pipeline.syncOperations.handler(type: CommandHandler.self)
                    handler?.close()
                }))
        self.metrics = metrics
        self.link = link
        subscriptions = Subscriptions(connector: connector, metrics: metrics, logger: logger)
    }

    deinit { stop() }

    /// Connects and stays connected, until the task is cancelled or shut down gracefully. Commands under way are then answered,
    /// new ones refused, and subscriptions end. To be called once.
    public func run() async throws {
        keeper.start()
        // Cancelled or asked politely: either way this is the end.
        try? await gracefulShutdown()
        await close()
    }

    private func close() async {
        // Bounded by the commands' deadline.
        try? await stop().get()
    }

    @discardableResult
    private func stop() -> EventLoopFuture<Void> {
        link.close()
        subscriptions.close()
        return keeper.stop()
    }

    /// True while commands can be sent.
    public var isConnected: Bool { link.isConnected }

    /// Commands that wait for their answers.
    public var commandsInFlight: Int { link.commandsInFlight }

    /// Returns when there is a connection; how long to wait is up to the caller.
    /// - Throws: ``RedisError`` when the client is closed; `CancellationError`.
    public func waitUntilConnected() async throws { try await link.waitUntilConnected() }

    /// Sends a command and waits for its answer.
    ///
    /// Commands of one task are carried out in the order of its calls. A task that is cancelled stops waiting at once; its
    /// command may be carried out nevertheless.
    ///
    /// - Throws: ``RedisError``; `CancellationError`.
    public func send(_ command: RedisCommand) async throws -> RedisValue {
        guard command.isForShared else {
            throw RedisError(.protocolViolation, "this command does not belong on a shared connection", command: command.name)
        }
        let start = ContinuousClock.now
        do {
            let value = try await link.connection(for: command).send(command)
            record(command, since: start)
            return value
        } catch let error as RedisError {
            if error.code == .server || error.code == .timeout { record(command, since: start) }
            metrics.count(error)
            throw error
        }
    }

    private func record(_ command: RedisCommand, since start: ContinuousClock.Instant) {
        let duration = (ContinuousClock.now - start).components
        metrics.timer(for: command.name).recordNanoseconds(
            duration.seconds * 1_000_000_000 + duration.attoseconds / 1_000_000_000)
    }

    /// Asks the server for an answer.
    public func ping() async throws {
        let answer = try await send(RedisCommand("PING"))
        guard answer == .status("PONG") else { throw RedisError(.decoding, "PING was not answered by PONG", command: "PING") }
    }

    /// Runs a script; its text is sent only when the server does not know it.
    public func run(
        _ script: RedisScript, keys: [RedisArgument] = [], arguments: [RedisArgument] = []
    ) async throws -> RedisValue {
        do {
            return try await send(script.byDigest(keys, arguments))
        } catch let error as RedisError where error.serverCode == "NOSCRIPT" {
            return try await send(script.bySource(keys, arguments))
        }
    }

    /// Listens to channels, on a connection of its own that is made again when it is lost.
    ///
    /// Starts at once; the first element is `reconnected`, when the subscription is in force. It ends with ``run()``, or when
    /// the returned sequence and its iterator are gone. Each call takes a connection: subscribe for a process, not for a request.
    public func subscribe(to channels: [String]) -> RedisSubscription { subscriptions.subscribe(to: channels) }
}
