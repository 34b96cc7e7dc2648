import DequeModule
import NIOCore

/// Commands that were sent and their answers, which come in the same order. Decides only; the handler acts.
struct CommandPipeline: ~Copyable {
    private struct Sent {
        let request: RedisRequest
        let size: Int
    }

    enum Answer {
        /// The answer to this command, which took this many bytes.
        case to(RedisRequest, size: Int)
        /// Nobody asked: the server and we have lost step.
        case unasked
    }

    enum Timer: Equatable {
        /// Nothing waits.
        case off
        /// Look again at this time.
        case at(NIODeadline)
        /// The first in line waits for too long.
        case expired
    }

    private var sent: Deque<Sent> = []

    var isEmpty: Bool { sent.isEmpty }

    mutating func append(_ batch: CommandQueue.Batch) {
        for (request, size) in zip(batch.requests, batch.sizes) { sent.append(Sent(request: request, size: size)) }
    }

    mutating func answered() -> Answer {
        guard let first = sent.popFirst() else { return .unasked }
        return .to(first.request, size: first.size)
    }

    /// All commands may wait equally long, so the first in line is always the first due.
    func timer(now: NIODeadline) -> Timer {
        guard let first = sent.first else { return .off }
        return first.request.due <= now ? .expired : .at(first.request.due)
    }

    /// The end: everybody who still waits.
    mutating func close() -> [RedisRequest] {
        defer { sent = [] }
        return sent.map(\.request)
    }
}
