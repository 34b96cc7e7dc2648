import NIOCore
import NIOPosix

/// A TCP connection on which a test writes and reads what it likes.
struct RawConnection {
    let write: (String) async throws -> Void
    /// What came until the text contains this, or until the end of the connection.
    let read: (_ until: String) async throws -> String
    /// Says that no more will be written.
    let finish: () -> Void
    /// Waits until the other side has ended the connection.
    let closed: () async throws -> Void

    /// - Parameter reads: false: nothing is taken from the socket, whose buffer is small.
    static func open(_ port: Int, reads: Bool = true, _ body: (RawConnection) async throws -> Void) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            let parts = Parts(inbound.makeAsyncIterator())
            try await body(
                RawConnection(
                    write: { try await outbound.write(ByteBuffer(string: $0)) },
                    read: { until in
                        let wanted = Array(until.utf8)
                        var bytes: [UInt8] = []
                        var searched = 0
                        while !bytes[searched...].contains(wanted), let part = try await parts.next() {
                            searched = max(0, bytes.count - wanted.count)
                            bytes += part.readableBytesView
                        }
                        return String(decoding: bytes, as: UTF8.self)
                    }, finish: { outbound.finish() }, closed: { try await channel.channel.closeFuture.get() }))
        }
    }

    private final class Parts {
        var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        init(_ iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) { self.iterator = iterator }

        func next() async throws -> ByteBuffer? {
            do {
                return try await iterator.next()
            } catch is IOError {
                return nil  // reset: the end as well
            }
        }
    }
}
