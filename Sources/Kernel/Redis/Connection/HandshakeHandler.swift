import NIOCore

/// The first commands on a connection: who we are and which database we mean, and a PING that shows that a Redis is there and
/// ready. Leaves the pipeline when they are answered.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = RedisValue
    typealias OutboundOut = ByteBuffer

    private let done: EventLoopPromise<Void>
    private let deadline: TimeAmount
    private var steps: [Handshake.Step]
    private var timer: Scheduled<Void>?
    private var hasBegun = false

    init(steps: [Handshake.Step], deadline: TimeAmount, done: EventLoopPromise<Void>) {
        self.steps = steps
        self.deadline = deadline
        self.done = done
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: deadline) { [self] in
            done.fail(RedisError(.unavailable, "no answer while connecting, within the deadline"))
            context.close(promise: nil)
        }
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !hasBegun else { return }
        hasBegun = true
        var buffer = ByteBuffer()
        do throws(RedisError) {
            for step in steps {
                try CommandFormatter.withBytes(of: step.command) { bytes throws(RedisError) in _ = buffer.writeBytes(bytes) }
            }
        } catch {
            return fail(context, error)
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !steps.isEmpty else { return context.fireChannelRead(data) }
        let step = steps.removeFirst()
        if case .error(let text) = unwrapInboundIn(data), !step.mayBeRefused {
            return fail(context, .server(text, command: step.command.name))
        }
        guard steps.isEmpty else { return }
        done.succeed()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        // Has no effect when it succeeded.
        done.fail(RedisError(.unavailable, "the server closed the connection while connecting"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(context, error as? RedisError ?? RedisError(.unavailable, "connecting failed: \(error)"))
    }

    private func fail(_ context: ChannelHandlerContext, _ error: RedisError) {
        done.fail(error)
        context.close(promise: nil)
    }
}

/// What is said first.
enum Handshake {
    struct Step {
        let command: RedisCommand
        /// A name for `CLIENT LIST` is nice to have, and may be forbidden.
        var mayBeRefused = false
    }

    static func steps(_ configuration: RedisConfiguration) -> [Step] {
        let endpoint = configuration.endpoint
        var steps: [Step] = []
        if let password = endpoint.password {
            let user = endpoint.user.map { [RedisArgument.text($0)] } ?? []
            steps.append(Step(command: RedisCommand("AUTH", arguments: user + [.text(password)])))
        }
        steps.append(Step(command: RedisCommand("CLIENT SETNAME", .text(configuration.clientName)), mayBeRefused: true))
        if endpoint.database != 0 {
            steps.append(Step(command: RedisCommand("SELECT", .integer(endpoint.database))))
        }
        // Refused while the server loads its data, and where a password is missing.
        return steps + [Step(command: RedisCommand("PING"))]
    }
}
