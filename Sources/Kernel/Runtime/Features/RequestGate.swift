import Synchronization

/// Counts the requests of one life of a plugin that are under way, and lets none in once the life ends.
package final class RequestGate: Sendable {
    private struct State {
        var isOpen = true
        var inside = 0
    }

    private let state = Mutex(State())
    private let empty = OneShot<Void>()

    package init() {}

    /// Lets nobody in: for routes whose plugin does not run.
    package static let closed: RequestGate = {
        let gate = RequestGate()
        gate.close()
        return gate
    }()

    /// - Returns: false when the life has ended or never began; true obliges to ``leave()``.
    package func enter() -> Bool {
        state.withLock { state in
            if state.isOpen { state.inside += 1 }
            return state.isOpen
        }
    }

    package func leave() {
        let isLast = state.withLock { state in
            state.inside -= 1
            return !state.isOpen && state.inside == 0
        }
        if isLast { empty.fulfil(()) }
    }

    /// How many requests are under way.
    var inside: Int { state.withLock { $0.inside } }

    func close() {
        let isEmpty = state.withLock { state in
            state.isOpen = false
            return state.inside == 0
        }
        if isEmpty { empty.fulfil(()) }
    }

    /// Returns when it is closed and nobody is left inside, or the task is cancelled.
    func emptied() async { _ = await empty.wait() }
}
