import NIOCore

/// The end of a subscription's pipeline: subscribes, hands messages on, and makes sure that silence means that nothing was said.
final class SubscriptionHandler: ChannelInboundHandler {
    typealias InboundIn = RedisValue
    typealias OutboundOut = ByteBuffer

    /// What the subscription's owner wants to know; called on the event loop.
    struct Listener: Sendable {
        let inForce: @Sendable () -> Void
        let message: @Sendable (_ channel: String, _ payload: [UInt8]) -> Void
        let failed: @Sendable (RedisError) -> Void
    }

    private let channels: [String]
    private let idleInterval: TimeAmount
    private let listener: Listener
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var unconfirmed: Int
    private var heardSinceLastTick = true
    private var hasAsked = false

    init(channels: [String], configuration: RedisConfiguration, listener: Listener) {
        self.channels = channels
        idleInterval = TimeAmount(configuration.idleInterval)
        self.listener = listener
        unconfirmed = channels.count
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
    }

    /// The handshake is over.
    func start() {
        write(RedisCommand("SUBSCRIBE", arguments: channels.map { .text($0) }))
        scheduleTick()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heardSinceLastTick = true
        switch unwrapInboundIn(data) {
        case .array(let parts): received(parts)
        case .error(let text): giveUp(.server(text, command: "SUBSCRIBE"))
        default: break
        }
    }

    private func received(_ parts: [RedisValue]) {
        guard case .bytes(let kind)? = parts.first else { return }
        switch (String(decoding: kind, as: UTF8.self), parts.count) {
        case ("subscribe", 3):
            unconfirmed -= 1
            if unconfirmed == 0 { listener.inForce() }
        case ("message", 3):
            guard case .bytes(let channel) = parts[1], case .bytes(let payload) = parts[2] else { return }
            listener.message(String(decoding: channel, as: UTF8.self), payload)
        default: break  // pong
        }
    }

    /// A subscription is silent most of the time, a dead connection always: ask, and give up when even that stays unanswered.
    private func scheduleTick() {
        guard let context else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: idleInterval) { [self] in
            if heardSinceLastTick {
                hasAsked = false
            } else if hasAsked {
                return giveUp(RedisError(.timeout, "the subscription's connection is silent"))
            } else {
                hasAsked = true
                write(RedisCommand("PING"))
            }
            heardSinceLastTick = false
            scheduleTick()
        }
    }

    private func write(_ command: RedisCommand) {
        guard let context else { return }
        var buffer = ByteBuffer()
        do throws(RedisError) {
            try CommandFormatter.withBytes(of: command) { bytes throws(RedisError) in _ = buffer.writeBytes(bytes) }
        } catch {
            return giveUp(error)
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        giveUp(error as? RedisError ?? RedisError(.connectionLost, "the connection failed: \(error)"))
    }

    private func giveUp(_ error: RedisError) {
        listener.failed(error)
        context?.close(promise: nil)
    }
}
