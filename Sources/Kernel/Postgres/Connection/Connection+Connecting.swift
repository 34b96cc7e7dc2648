import CLibPQ
import KernelAPI
import Synchronization

/// How a connection comes to be: names resolved on a thread of its own, then `PQconnectPoll` driven by the loop.
extension Connection {
    /// Starts connecting; the owner is told how it ended.
    func connect() {
        let due = Monotonic.after(context.configuration.connectDeadline)
        deadline.set(due)
        guard context.loop.add(self) else { return refuse("the database has been closed, or no file descriptors are left") }
        context.loop.deadlineMoved(to: due)
        guard context.connectThreads.run({ [self] in startBlocking() }) else {
            return refuse("too many connections are being made")
        }
    }

    private func refuse(_ reason: String) {
        var effects = Effects()
        state.withLock { state in
            guard state.phase == .starting else { return }
            finish(&state, reason: reason, &effects)
            effects.failed = DatabaseError(.unavailable, reason)
        }
        perform(effects)
    }

    private func startBlocking() {
        guard !isFinished else { return }
        let options: [(String, String)]
        switch ConnectOptions.resolved(context.configuration) {
        case .success(let resolved): options = resolved
        case .failure(let error): return refuse(error.message)
        }
        guard let handle = ConnectionHandle.start(options) else { return refuse("out of memory") }
        notices.install(on: handle)
        var effects = Effects()
        state.withLock { state in
            // The deadline may have passed while names were resolved.
            guard state.phase == .starting else { return handle.finish() }
            state.handle = handle
            state.phase = .connecting(reads: false, writes: true)
            if handle.isBad { failConnecting(&state, handle, &effects) }
            effects.refreshes = true
        }
        perform(effects)
    }

    func advanceConnecting(_ state: inout State, _ handle: ConnectionHandle, _ effects: inout Effects) {
        switch handle.pollConnecting() {
        case PGRES_POLLING_READING: state.phase = .connecting(reads: true, writes: false)
        case PGRES_POLLING_WRITING: state.phase = .connecting(reads: false, writes: true)
        case PGRES_POLLING_OK where handle.setNonBlocking():
            state.phase = .open
            deadline.set(Monotonic.never)
            effects.opened = true
        default: failConnecting(&state, handle, &effects)
        }
    }

    private func failConnecting(_ state: inout State, _ handle: ConnectionHandle, _ effects: inout Effects) {
        let error = DatabaseError(.unavailable, handle.message)
        finish(&state, reason: error.message, &effects)
        effects.failed = error
    }
}

extension Connection {
    /// Gives up an attempt to connect that is under way; its owner is told that it failed.
    func stopConnecting() {
        var effects = Effects()
        state.withLock { state in
            guard state.phase != .open, state.phase != .finished else { return }
            finish(&state, reason: "the database has been closed", &effects)
            effects.failed = DatabaseError(.unavailable, "the database has been closed")
        }
        perform(effects)
    }
}
