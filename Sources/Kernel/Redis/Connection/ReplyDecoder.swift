import NIOCore

/// Turns what the network brings into replies. Owns the `redisReader`, on the event loop.
final class ReplyDecoder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = RedisValue

    private let limits: ReplyReader.Limits
    private var reader: ReplyReader?

    init(limits: ReplyReader.Limits) { self.limits = limits }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(RedisError) {
            let reader = try currentReader()
            try reader.feed(unwrapInboundIn(data))
            while let reply = try reader.next() { context.fireChannelRead(wrapInboundOut(reply)) }
        } catch {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    private func currentReader() throws(RedisError) -> ReplyReader {
        if let reader { return reader }
        let made = try ReplyReader(limits: limits)
        reader = made
        return made
    }
}
