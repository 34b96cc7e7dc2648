import Foundation
import HTTPTypes
import KernelAPI
import NIOCore
import NIOHTTP1

/// One client's connection: takes requests one at a time, has the dispatcher answer them, writes the answers, and ends what
/// takes too long.
///
/// `+Requests` reads, `+Answers` writes, `+Streams` sends events, `+Deadlines` looks at the clock.
final class HTTPConnection: ChannelDuplexHandler, @unchecked Sendable {
    // Sendable because all of its state is touched on its channel's event loop only; see `onLoop`.
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// For a request's head.
        case waiting
        /// The dispatcher is at work, or the request's body is on its way.
        case answering
        /// Events are sent until somebody ends the stream.
        case streaming
        /// The last answer is on its way to the client.
        case finishing
        /// Everything is said; the client is to hang up. What it still sends is dropped.
        case lingering
        case closed
    }

    /// A request's body, as far as it has come.
    enum Body {
        case none
        /// Nobody has asked for it: nothing of it is read from the socket.
        case unread
        case reading(limit: Int, bytes: [UInt8], CheckedContinuation<[UInt8], any Error>)
        case read
        /// It is not wanted; what comes of it is dropped, and the connection ends after the answer.
        case refused
    }

    /// A request and its answer.
    struct Exchange {
        let number: Int
        let request: IncomingRequest
        let isChunkable: Bool
        var keepsAlive: Bool
        var expectsContinue: Bool
        var body: Body
        var task: Task<Void, Never>?
    }

    let dispatcher: Dispatcher
    let limits: ConnectionLimits
    let date: HTTPDate
    let executor: EventLoopTaskExecutor

    var context: ChannelHandlerContext?
    private(set) var loop: (any EventLoop)?
    var client = Client.unknown
    var phase = Phase.waiting
    /// When the phase, or what it now waits for, began.
    var since = NIODeadline.now()
    var exchange: Exchange?
    var exchanges = 0
    /// What has come and is not looked at yet: at most what one read brings, because while there is something, no more is read.
    var parts = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 4)
    var isReadHeldBack = false
    var isInputClosed = false
    /// What came could not be understood; nothing after it can.
    var isInputBroken = false
    var isEnding = false
    var outgoing = OutgoingBytes()
    var stream = StreamState()
    var timer: NIOScheduledCallback?

    init(dispatcher: Dispatcher, limits: ConnectionLimits, date: HTTPDate, executor: EventLoopTaskExecutor) {
        self.dispatcher = dispatcher
        self.limits = limits
        self.date = date
        self.executor = executor
    }

    /// Runs on the channel's event loop: at once when this is it.
    func onLoop(_ body: @escaping @Sendable () -> Void) {
        guard let loop else { return body() }
        if loop.inEventLoop { body() } else { loop.execute(body) }
    }

    /// Returns when no handler works for this connection any more.
    func finished() async {
        let task: Task<Void, Never>? = await withCheckedContinuation { continuation in
            onLoop { continuation.resume(returning: self.exchange?.task) }
        }
        await task?.value
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop = context.eventLoop
        client = Client(address: context.remoteAddress?.ipAddress)
        #if os(Linux)
            // The system ends connections whose other side has vanished without a word.
            let userTimeout = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))
            try? context.channel.syncOptions?.setOption(userTimeout, value: 60_000)
        #endif
        scheduleTick()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    /// The connection is gone: nobody waits for anything any more.
    private func end() {
        phase = .closed
        timer?.cancel()
        timer = nil
        exchange?.task?.cancel()
        failBody(CancellationError())
        endWaiters()
        parts.removeAll()
        context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as ChannelEvent where event == .inputClosed: inputClosed()
        case is ChannelShouldQuiesceEvent: quiesce()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// The client sends no more. It may still read the answer to what it sent; who reads a stream has gone.
    private func inputClosed() {
        isInputClosed = true
        switch phase {
        case .waiting, .streaming, .lingering: close()
        case .answering:
            if case .unread? = exchange?.body { return }
            if case .reading? = exchange?.body { close() }
        case .finishing, .closed: break
        }
    }

    /// The server stops: what is under way is finished, and no more is begun.
    private func quiesce() {
        isEnding = true
        switch phase {
        case .waiting: close()
        case .streaming: endStream(.shuttingDown)
        case .answering, .finishing, .lingering, .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What comes after something broken is thrown away; the client gets to read what was wrong first.
        if isInputBroken, error is ByteToMessageDecoderError { return }
        guard let error = error as? HTTPParserError else { return close() }
        isInputBroken = true
        guard phase == .waiting else {
            exchange?.keepsAlive = false
            return failBody(Problem.unreadableBody)
        }
        let status: HTTPResponse.Status = error == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest
        refuse(
            Problem(status, status == .badRequest ? "bad_request" : "header_too_large", "The request cannot be read: \(error)."))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            resumeWaiters()
            proceed()
        }
        context.fireChannelWritabilityChanged()
    }

    func close() {
        guard phase != .closed else { return }
        context?.close(promise: nil)
    }

    /// Ends the connection without waiting for what is still to be sent.
    func abort() {
        (context?.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
        close()
    }
}
