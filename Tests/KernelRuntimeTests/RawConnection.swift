import NIOCore
import NIOPosix

/// A TCP connection on which a test writes and reads what it likes.
struct RawConnection {
    let write: (String) async throws -> Void
    /// What came until the text contains this, or until the end of the connection.
    let read: (_ until: String) async throws -> String

    static func open(_ port: Int, _ body: (RawConnection) async throws -> Void) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            let parts = Parts(inbound.makeAsyncIterator())
            try await body(
                RawConnection(
                    write: { try await outbound.write(ByteBuffer(string: $0)) },
                    read: { until in
                        var text = ""
                        while !text.contains(until), let part = try await parts.next() { text += part }
                        return text
                    }))
        }
    }

    private final class Parts {
        var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        init(_ iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) { self.iterator = iterator }

        func next() async throws -> String? {
            do {
                return try await iterator.next().map { String(buffer: $0) }
            } catch is IOError {
                return nil  // reset: the end as well
            }
        }
    }
}
