import HTTPTypes
import KernelAPI
import NIOCore

/// A stream's side of a connection.
struct StreamState {
    /// Senders that wait until the client has read more.
    var waiters: [(bytes: [UInt8], sender: CheckedContinuation<Void, any Error>)] = []
    var admitted: AdmittedStream?
    /// What heartbeats carry as their id.
    var position: String?
    var nextHeartbeat = NIODeadline.now()
    /// The client understands chunks; else the end of the connection is the end of the stream.
    var isChunked = false
    /// More senders at once than any handler has are a handler out of control.
    static let mostWaiters = 64
}

// Events.
extension HTTPConnection {
    /// Sends a stream's head and its events, for as long as both sides want.
    func run(_ stream: AdmittedStream, _ answer: Answer, of number: Int) async {
        defer { stream.close() }
        let isOpen = await withCheckedContinuation { continuation in
            onLoop { continuation.resume(returning: self.openStream(stream, answer, of: number)) }
        }
        guard isOpen else { return }
        stream.onEnd { reason in self.onLoop { self.endStream(reason) } }
        await stream.run(ConnectionSink(connection: self))
        onLoop { self.endStream(nil) }
    }

    private func openStream(_ admitted: AdmittedStream, _ answer: Answer, of number: Int) -> Bool {
        guard phase == .answering, let exchange, exchange.number == number, let context, !isInputClosed else { return false }
        phase = .streaming
        since = .now()
        stream.admitted = admitted
        stream.isChunked = exchange.isChunkable
        stream.nextHeartbeat = .now() + limits.heartbeat
        // Little is kept for a slow client, in the system and here; what it could not take in time is not sent later either.
        let options = context.channel.syncOptions
        try? options?.setOption(ChannelOptions.socketOption(.so_sndbuf), value: limits.streamBufferBytes)
        try? options?.setOption(
            ChannelOptions.writeBufferWaterMark,
            value: .init(low: limits.streamBufferBytes / 16, high: limits.streamBufferBytes / 4))
        var buffer = context.channel.allocator.buffer(capacity: 1_024)
        buffer.writeHead(answer, date: date.bytes) { buffer in
            if stream.isChunked { buffer.writeStaticString("Transfer-Encoding: chunked\r\n") }
            // Proxies that collect answers before they pass them on must not.
            buffer.writeStaticString("X-Accel-Buffering: no\r\nConnection: close\r\n")
        }
        append(Array("retry: 3000\n\n".utf8), to: &buffer)
        write(buffer)
        // What the client may still send is of no interest, but its end is.
        proceed()
        if isEnding { endStream(.shuttingDown) }
        return phase == .streaming
    }

    /// - Parameter reason: `nil` when the handler has no more to say.
    func endStream(_ reason: OpenStreams.End?) {
        guard phase == .streaming, let context else { return }
        exchange?.task?.cancel()
        var buffer = context.channel.allocator.buffer(capacity: 128)
        if let reason {
            // Thousands of clients should not come back in the same moment.
            let pause = reason == .shuttingDown ? Int.random(in: 1_000...10_000) : 3_000
            append(Array("retry: \(pause)\n: ended: \(reason.rawValue)\n\n".utf8), to: &buffer)
        }
        if stream.isChunked { buffer.writeStaticString("0\r\n\r\n") }
        endWaiters()
        finish(writing: buffer)
    }

    func beat(_ now: NIODeadline) {
        guard now >= stream.nextHeartbeat else { return }
        stream.nextHeartbeat = now + limits.heartbeat
        // Who cannot take what was sent before needs no sign of life.
        guard stream.waiters.isEmpty, context?.channel.isWritable == true else { return }
        sendNow(ServerSentEvent(id: stream.position, name: "heartbeat", data: Array("{}".utf8)).encoded)
    }

    // MARK: Sending

    /// - Returns: false when the client has to read more first.
    func trySend(_ event: ServerSentEvent) throws -> Bool {
        guard phase == .streaming else { throw CancellationError() }
        guard stream.waiters.isEmpty, context?.channel.isWritable == true else { return false }
        if let id = event.id { stream.position = id }
        sendNow(event.encoded)
        return true
    }

    func send(_ event: ServerSentEvent, _ sender: CheckedContinuation<Void, any Error>) {
        do {
            if try trySend(event) { return sender.resume() }
        } catch {
            return sender.resume(throwing: error)
        }
        guard stream.waiters.count < StreamState.mostWaiters else {
            sender.resume(throwing: CancellationError())
            return drop()
        }
        if let id = event.id { stream.position = id }
        stream.waiters.append((event.encoded, sender))
    }

    func resumeWaiters() {
        while phase == .streaming, !stream.waiters.isEmpty, context?.channel.isWritable == true {
            let waiter = stream.waiters.removeFirst()
            sendNow(waiter.bytes)
            waiter.sender.resume()
        }
    }

    func endWaiters() {
        let waiters = stream.waiters
        stream.waiters = []
        for waiter in waiters { waiter.sender.resume(throwing: CancellationError()) }
    }

    /// The client does not read.
    func drop() {
        stream.admitted?.countDropped()
        abort()
    }

    private func sendNow(_ bytes: [UInt8]) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: bytes.count + 16)
        append(bytes, to: &buffer)
        write(buffer)
    }

    private func append(_ bytes: [UInt8], to buffer: inout ByteBuffer) {
        if stream.isChunked { buffer.writeChunk(bytes) } else { buffer.writeBytes(bytes) }
    }
}

/// Sends a handler's events over a connection.
private struct ConnectionSink: EventSink {
    let connection: HTTPConnection

    func send(_ event: ServerSentEvent) async throws {
        if connection.loop?.inEventLoop == true, try connection.trySend(event) { return }
        try await withCheckedThrowingContinuation { sender in
            connection.onLoop { connection.send(event, sender) }
        }
    }

    func advance(to id: String) async {
        connection.onLoop { connection.stream.position = id }
    }
}
