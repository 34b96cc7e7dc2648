import NIOCore

/// A connection that is ready for commands, as tasks see it.
struct RedisConnection: Sendable {
    private let queue: CommandQueue
    private let handler: NIOLoopBound<CommandHandler>
    private let eventLoop: any EventLoop
    private let deadline: TimeAmount
    private let maximumCommandBytes: Int

    /// To be called on the channel's event loop.
    /// - Throws: when the channel is closed already.
    init(channel: any Channel, configuration: RedisConfiguration) throws {
        let handler = try channel.pipeline.syncOperations.handler(type: CommandHandler.self)
        handler.start()
        queue = handler.queue
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        eventLoop = channel.eventLoop
        deadline = TimeAmount(configuration.commandDeadline)
        maximumCommandBytes = configuration.maximumCommandBytes
    }

    var commandsInFlight: Int { queue.commandsInFlight }
    var isOpen: Bool { queue.isOpen }

    /// Sends a command and waits for its answer. A task that is cancelled stops waiting; the command may be carried out.
    func send(_ command: RedisCommand) async throws -> RedisValue {
        guard command.bytes.count <= maximumCommandBytes else {
            throw RedisError(.tooLarge, "a command of \(command.bytes.count) bytes", command: command.name)
        }
        let request = RedisRequest(command: command.name, due: eventLoop.now + deadline)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard request.wait({ continuation.resume(with: $0) }) else { return }
                do throws(RedisError) {
                    let wakes = try CommandFormatter.withBytes(of: command) { bytes throws(RedisError) in
                        try queue.submit(request, bytes: bytes)
                    }
                    if wakes { eventLoop.execute { handler.value.drain() } }
                } catch {
                    request.fail(error)
                }
            }
        } onCancel: {
            request.cancel()
        }
    }
}
