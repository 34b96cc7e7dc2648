import NIOCore
import Synchronization

/// Commands on their way from tasks to the event loop of one connection, and the count of those that have no answer yet.
///
/// Commands that come while the loop is busy share one wake-up and one write.
final class CommandQueue: Sendable {
    struct Limits: Sendable {
        let commands: Int
        let bytes: Int
    }

    /// What is to be sent, and who waits for the answers, in the same order.
    struct Batch {
        private(set) var buffers: [ByteBuffer] = []
        private(set) var requests: [RedisRequest] = []
        /// How many bytes each request takes.
        private(set) var sizes: [Int] = []

        fileprivate mutating func add(_ request: RedisRequest, _ bytes: UnsafeRawBufferPointer, _ large: ByteBuffer?) {
            requests.append(request)
            sizes.append(bytes.count)
            if let large {
                buffers.append(large)
            } else if let last = buffers.indices.last, buffers[last].readableBytes < CommandQueue.largeBytes {
                buffers[last].writeBytes(bytes)
            } else {
                buffers.append(ByteBuffer(bytes: bytes))
            }
        }
    }

    /// From this size on a command is copied before the lock is taken, not under it.
    private static let largeBytes = 32 << 10

    private struct State {
        var batch = Batch()
        var isWakePending = false
        var commandsInFlight = 0
        var bytesInFlight = 0
        var isClosed = false
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits) { self.limits = limits }

    var isOpen: Bool { state.withLock { !$0.isClosed } }
    var commandsInFlight: Int { state.withLock { $0.commandsInFlight } }

    /// - Returns: true when the loop has to be woken.
    func submit(_ request: RedisRequest, bytes: UnsafeRawBufferPointer) throws(RedisError) -> Bool {
        let large = bytes.count < Self.largeBytes ? nil : ByteBuffer(bytes: bytes)
        return try state.withLock { state throws(RedisError) in
            guard !state.isClosed else {
                throw RedisError(.unavailable, "the connection is closed", command: request.command)
            }
            guard state.commandsInFlight < limits.commands, state.bytesInFlight + bytes.count <= limits.bytes else {
                throw RedisError(
                    .overloaded, "\(state.commandsInFlight) commands wait for their answers already", command: request.command)
            }
            state.commandsInFlight += 1
            state.bytesInFlight += bytes.count
            state.batch.add(request, bytes, large)
            defer { state.isWakePending = true }
            return !state.isWakePending
        }
    }

    /// Everything that came since the last call.
    func take() -> Batch {
        state.withLock { state in
            state.isWakePending = false
            defer { state.batch = Batch() }
            return state.batch
        }
    }

    /// Answers came.
    func answered(commands: Int, bytes: Int) {
        state.withLock { state in
            state.commandsInFlight -= commands
            state.bytesInFlight -= bytes
        }
    }

    /// Refuses everything from now on.
    /// - Returns: what was never sent.
    func close() -> [RedisRequest] {
        state.withLock { state in
            state.isClosed = true
            defer { state.batch = Batch() }
            return state.batch.requests
        }
    }
}
