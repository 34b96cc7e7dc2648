import HTTPTypes
import KernelAPI
import NIOCore

// What goes out.
extension HTTPConnection {
    /// Writes the answer to an exchange, unless it was given up meanwhile.
    func deliver(_ answer: Answer, to number: Int) {
        guard phase == .answering, let exchange, exchange.number == number else { return }
        let keepsAlive = exchange.keepsAlive && exchange.body.isComplete && !isEnding && !isInputClosed && !isInputBroken
        send(answer, keepsAlive: keepsAlive, to: exchange)
    }

    /// Answers with a problem and ends the connection: what follows on it cannot be trusted, or is not worth reading.
    func refuse(_ problem: Problem) {
        let request = exchange?.request ?? IncomingRequest(.get, "", client: client)
        let exchange = Exchange(
            number: exchanges, request: request, isChunkable: false, keepsAlive: false, expectsContinue: false, body: .refused,
            task: exchange?.task)
        self.exchange = exchange
        send(dispatcher.answer(request, with: problem), keepsAlive: false, to: exchange)
    }

    private func send(_ answer: Answer, keepsAlive: Bool, to exchange: Exchange) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 1_024 + answer.body.count)
        buffer.writeHead(answer, date: date.bytes) { buffer in
            if !keepsAlive {
                buffer.writeStaticString("Connection: close\r\n")
            } else if !exchange.isChunkable {
                buffer.writeStaticString("Connection: keep-alive\r\n")
            }
        }
        buffer.writeBytes(answer.body)
        since = .now()
        guard keepsAlive else { return finish(writing: buffer) }
        phase = .waiting
        self.exchange = nil
        write(buffer)
        proceed()
    }

    func write(_ buffer: ByteBuffer) {
        outgoing.add(buffer.readableBytes, now: .now())
        context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Writes the last bytes, and lets the client read them before the connection ends.
    func finish(writing buffer: ByteBuffer) {
        guard let context else { return }
        phase = .finishing
        outgoing.add(buffer.readableBytes, now: .now())
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.saidEverything() }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: written)
        proceed()
    }

    /// Closing with something unread would have the system throw away what the client has not read yet; so it is told first
    /// that no more comes, and hangs up itself.
    private func saidEverything() {
        guard phase == .finishing else { return }
        guard !isInputClosed else { return close() }
        phase = .lingering
        since = .now()
        context?.close(mode: .output, promise: nil)
    }
}

extension HTTPConnection.Body {
    /// Nothing of it is left to come.
    var isComplete: Bool {
        switch self {
        case .none, .read: true
        case .unread, .reading, .refused: false
        }
    }
}
