import NIOCore
import Synchronization

/// One command under way, and the task that waits for its answer. Whoever settles it first wins: the answer, the deadline, the
/// end of the connection, or the task's cancellation.
final class RedisRequest: Sendable {
    typealias Completion = @Sendable (Result<RedisValue, any Error>) -> Void

    private enum State {
        case new
        case waiting(Completion)
        case settled
    }

    let command: String
    let due: NIODeadline
    private let state: Mutex<State>

    init(command: String, due: NIODeadline) {
        self.command = command
        self.due = due
        state = Mutex(.new)
    }

    /// A request whose answer nobody waits for.
    static func unattended(_ command: String, due: NIODeadline) -> RedisRequest {
        let request = RedisRequest(command: command, due: due)
        request.state.withLock { $0 = .settled }
        return request
    }

    /// - Returns: false when the task was cancelled before; the completion is called then.
    func wait(_ completion: @escaping Completion) -> Bool {
        let isSettled = state.withLock { state in
            if case .settled = state { return true }
            state = .waiting(completion)
            return false
        }
        if isSettled { completion(.failure(CancellationError())) }
        return !isSettled
    }

    func succeed(_ value: RedisValue) { settle()?(.success(value)) }
    func fail(_ error: RedisError) { settle()?(.failure(error)) }
    func cancel() { settle()?(.failure(CancellationError())) }

    private func settle() -> Completion? {
        state.withLock { state in
            defer { state = .settled }
            return if case .waiting(let completion) = state { completion } else { nil }
        }
    }
}
