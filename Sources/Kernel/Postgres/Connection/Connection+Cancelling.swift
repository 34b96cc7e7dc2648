import KernelAPI
import Synchronization

/// How a request under way is given up: the server is asked to cancel it, then its answer is awaited, not for long.
extension Connection {
    func cancel(operation identifier: UInt64, reason: Operation.CancelReason) {
        var effects = Effects()
        state.withLock { state in
            guard let operation = state.operation, operation.identifier == identifier else { return }
            startCancelling(&state, reason, &effects)
        }
        perform(effects)
    }

    func deadlinePassed() {
        var effects = Effects()
        state.withLock { state in
            switch state.phase {
            case .finished: return
            case .starting, .connecting:
                finish(&state, reason: "", &effects)
                effects.failed = DatabaseError(.unavailable, "no connection to the server within the connect deadline")
            case .open:
                guard let operation = state.operation, let handle = state.handle else { return }
                if operation.cancellation.reason == nil {
                    startCancelling(&state, .deadline, &effects)
                } else {
                    // Not even the cancel request was answered in time.
                    lose(&state, handle, &effects)
                }
            }
        }
        perform(effects)
    }

    private func startCancelling(_ state: inout State, _ reason: Operation.CancelReason, _ effects: inout Effects) {
        guard let operation = state.operation, operation.cancellation.reason == nil, operation.outcome == nil,
            let handle = state.handle
        else { return }
        state.operation?.cancellation = .sending(reason)
        guard let cancel = CancelHandle(of: handle) else { return lose(&state, handle, &effects) }
        effects.cancel = (cancel, operation.identifier)
        let due = Monotonic.after(context.configuration.cancelDeadline)
        deadline.set(due)
        context.loop.deadlineMoved(to: due)
        guard operation.isFeeding else { return }
        // The server looks at cancel requests between rows only: the COPY also has to be ended.
        state.operation?.isFeeding = false
        guard handle.putCopyEnd(failing: "cancelled"), flush(&state, handle) else { return lose(&state, handle, &effects) }
        effects.refreshes = true
    }

    /// Sends the cancel request on a thread of its own: `PQcancel` blocks.
    func send(_ handle: CancelHandle, operation identifier: UInt64) {
        let accepted = context.cancelThreads.run { [self] in
            _ = handle.requestBlocking()
            cancelSent(operation: identifier)
        }
        if !accepted { abandon(operation: identifier) }
    }

    /// The request cannot hit a later statement any more; whether it hit this one, its answer says.
    private func cancelSent(operation identifier: UInt64) {
        var effects = Effects()
        state.withLock { state in
            guard let operation = state.operation, operation.identifier == identifier,
                case .sending(let reason) = operation.cancellation
            else { return }
            state.operation?.cancellation = .sent(reason)
            guard let outcome = operation.outcome else { return }
            deadline.set(Monotonic.never)
            state.operation = nil
            effects.resume = (operation.waiter, outcome)
        }
        perform(effects)
    }

    private func abandon(operation identifier: UInt64) {
        var effects = Effects()
        state.withLock { state in
            guard state.operation?.identifier == identifier, let handle = state.handle else { return }
            lose(&state, handle, &effects)
        }
        perform(effects)
    }
}
