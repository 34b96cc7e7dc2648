import KernelAPI
import Synchronization

/// Tells the streams of this pod that something about their account, or about everybody's, is to be looked at again.
final class ChangeHub: Sendable {
    private struct State {
        var subscribers: [Int: (accounts: Set<AccountID>, continuation: AsyncStream<Void>.Continuation)] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// An element after each change; those that come while nobody reads are one.
    func changes(of accounts: Set<AccountID>) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.next += 1
            state.subscribers[state.next] = (accounts, continuation)
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.subscribers.removeValue(forKey: number) }
        }
        return stream
    }

    /// - Parameter accounts: whose; `nil` for everybody's.
    func tell(_ accounts: Set<AccountID>?) {
        let concerned = state.withLock { state in
            state.subscribers.values.filter { accounts?.isDisjoint(with: $0.accounts) != true }.map(\.continuation)
        }
        for continuation in concerned { continuation.yield() }
    }
}
