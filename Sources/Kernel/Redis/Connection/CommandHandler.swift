import Metrics
import NIOCore

/// The end of a command connection's pipeline: sends what the queue holds, gives answers to those who wait, and gives the
/// connection up when an answer is late. Lives on the event loop.
final class CommandHandler: ChannelInboundHandler {
    typealias InboundIn = RedisValue
    typealias OutboundOut = ByteBuffer

    let queue: CommandQueue
    private let metrics: RedisMetrics
    private let commandDeadline: TimeAmount
    private let idleInterval: TimeAmount
    private var pipeline = CommandPipeline()
    private var context: ChannelHandlerContext?
    private var deadlineTimer: Scheduled<Void>?
    private var idleTimer: Scheduled<Void>?
    /// Of the answers since the last time that the queue was told.
    private var answered = (commands: 0, bytes: 0)
    private var heardSinceLastTick = false
    private var closesWhenEmpty = false
    /// Why the connection ends, when we know.
    private var cause: RedisError?

    init(queue: CommandQueue, configuration: RedisConfiguration, metrics: RedisMetrics) {
        self.queue = queue
        self.metrics = metrics
        commandDeadline = TimeAmount(configuration.commandDeadline)
        idleInterval = TimeAmount(configuration.idleInterval)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadlineTimer?.cancel()
        idleTimer?.cancel()
        end(context.eventLoop.now)
        self.context = nil
    }

    /// The connection is ready for commands.
    func start() { scheduleTick() }

    // MARK: Sending

    /// Sends everything that waits in the queue.
    func drain() {
        let batch = queue.take()
        guard let context, !batch.requests.isEmpty else { return }
        pipeline.append(batch)
        metrics.inFlight.record(queue.commandsInFlight)
        for buffer in batch.buffers { context.write(wrapOutboundOut(buffer), promise: nil) }
        context.flush()
        setDeadline(context)
    }

    /// Takes nothing new, and closes after the last answer.
    func close() {
        closesWhenEmpty = true
        drain()
        refuseMore()
        if pipeline.isEmpty { context?.close(promise: nil) }
    }

    private func refuseMore() {
        for request in queue.close() { request.fail(RedisError(.unavailable, "the client is closed", command: request.command)) }
    }

    // MARK: Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heardSinceLastTick = true
        switch pipeline.answered() {
        case .to(let request, let size):
            answered.commands += 1
            answered.bytes += size
            if case .error(let text) = unwrapInboundIn(data) {
                request.fail(.server(text, command: request.command))
            } else {
                request.succeed(unwrapInboundIn(data))
            }
        case .unasked:
            giveUp(context, RedisError(.protocolViolation, "an answer came that nobody had asked for"))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        queue.answered(commands: answered.commands, bytes: answered.bytes)
        answered = (0, 0)
        metrics.inFlight.record(queue.commandsInFlight)
        if closesWhenEmpty, pipeline.isEmpty { context.close(promise: nil) }
    }

    // MARK: Deadlines

    private func setDeadline(_ context: ChannelHandlerContext) {
        guard deadlineTimer == nil else { return }
        switch pipeline.timer(now: context.eventLoop.now) {
        case .off: break
        case .expired: deadlinePassed()
        case .at(let due):
            deadlineTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [self] in
                deadlineTimer = nil
                deadlinePassed()
            }
        }
    }

    private func deadlinePassed() {
        guard let context else { return }
        guard pipeline.timer(now: context.eventLoop.now) == .expired else { return setDeadline(context) }
        giveUp(context, RedisError(.timeout, "no answer within the deadline"))
    }

    /// A connection that is silent because nobody asks may be dead without anybody knowing.
    private func scheduleTick() {
        idleTimer = context?.eventLoop.assumeIsolated().scheduleTask(in: idleInterval) { [self] in
            guard let context else { return }
            if !heardSinceLastTick, pipeline.isEmpty { ask(context) }
            heardSinceLastTick = false
            scheduleTick()
        }
    }

    private func ask(_ context: ChannelHandlerContext) {
        let request = RedisRequest.unattended("PING", due: context.eventLoop.now + commandDeadline)
        // Refused only when the queue is full or closed, and then a PING has nothing to find out.
        _ = try? CommandFormatter.withBytes(of: RedisCommand("PING")) { bytes throws(RedisError) in
            try queue.submit(request, bytes: bytes)
        }
        drain()
    }

    // MARK: The end

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        giveUp(context, error as? RedisError ?? RedisError(.connectionLost, "the connection failed: \(error)"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context.eventLoop.now)
        context.fireChannelInactive()
    }

    private func giveUp(_ context: ChannelHandlerContext, _ error: RedisError) {
        cause = cause ?? error
        end(context.eventLoop.now)
        context.close(promise: nil)
    }

    private func end(_ now: NIODeadline) {
        for request in queue.close() {
            request.fail(RedisError(.unavailable, "the connection was lost", command: request.command))
        }
        for request in pipeline.close() { request.fail(reason(request, now)) }
    }

    private func reason(_ request: RedisRequest, _ now: NIODeadline) -> RedisError {
        // What is not late itself is lost with the connection.
        if let cause, cause.code != .timeout || request.due <= now {
            return RedisError(cause.code, cause.message, command: request.command)
        }
        return RedisError(.connectionLost, "the connection was lost before the answer came", command: request.command)
    }
}
