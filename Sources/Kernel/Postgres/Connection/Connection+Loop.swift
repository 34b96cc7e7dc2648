import KernelAPI
import Metrics
import Synchronization

/// The loop's side: what happens when the socket is ready.
extension Connection {
    var isFinished: Bool { state.withLock { $0.phase == .finished } }

    func interest() -> Interest? {
        state.withLock { state in
            guard let handle = state.handle, handle.socket >= 0 else { return nil }
            switch state.phase {
            case .starting, .finished: return nil
            case .connecting(let reads, let writes): return Interest(socket: handle.socket, reads: reads, writes: writes)
            case .open: return Interest(socket: handle.socket, reads: true, writes: state.wantsWrite)
            }
        }
    }

    /// The loop no longer watches the socket: now it can be closed.
    func detached() {
        var effects = Effects()
        state.withLock { state in
            if state.phase != .finished { finish(&state, reason: "the driver was stopped", &effects) }
            state.handle?.finish()
            state.handle = nil
        }
        effects.refreshes = false
        perform(effects)
    }

    func ready(readable: Bool, writable: Bool) {
        var effects = Effects()
        state.withLock { state in
            guard let handle = state.handle else { return }
            switch state.phase {
            case .starting, .finished: return
            case .connecting: advanceConnecting(&state, handle, &effects)
            case .open: advance(&state, handle, readable: readable, writable: writable, &effects)
            }
        }
        perform(effects)
    }

    private func advance(
        _ state: inout State, _ handle: ConnectionHandle, readable: Bool, writable: Bool, _ effects: inout Effects
    ) {
        if readable, !handle.consumeInput() { return lose(&state, handle, &effects) }
        // Whatever was read may have made the server read again.
        if state.wantsWrite, !flush(&state, handle) { return lose(&state, handle, &effects) }
        receive(&state, handle, &effects)
        while let notification = handle.nextNotification() { effects.notifications.append(notification) }
        if handle.isBad, state.phase == .open { lose(&state, handle, &effects) }
    }

    /// Sends what libpq has buffered; false when the connection is lost.
    func flush(_ state: inout State, _ handle: ConnectionHandle) -> Bool {
        let left = handle.flush()
        state.wantsWrite = left == 1
        return left >= 0
    }

    /// Takes all results that have arrived completely.
    func receive(_ state: inout State, _ handle: ConnectionHandle, _ effects: inout Effects) {
        while state.phase == .open, state.operation != nil {
            if state.operation?.outcome != nil { return }
            if state.operation?.isFeeding == true {
                guard feed(&state, handle, &effects) else { return }
                continue
            }
            guard !handle.isBusy else { return }
            take(handle.nextResult(), &state, handle, &effects)
        }
    }

    private func take(_ result: ResultHandle?, _ state: inout State, _ handle: ConnectionHandle, _ effects: inout Effects) {
        guard var operation = state.operation.take() else {
            result?.clear()
            return
        }
        let event = result?.event(statement: operation.exchange.currentName(default: operation.name)) ?? .end
        let action = operation.exchange.receive(event)
        if case .sendCopy = action { operation.isFeeding = true }
        state.operation = operation
        switch action {
        case .proceed, .sendCopy: break
        case .prepared(let key): state.prepared.confirm(key)
        case .finished: complete(&state, handle, &effects)
        case .broken(let reason):
            state.operation?.outcome = .failure(DatabaseError(.protocolViolation, reason, statement: operation.name))
            lose(&state, handle, &effects)
        }
    }

    /// The server has answered everything and is waiting for the next request.
    private func complete(_ state: inout State, _ handle: ConnectionHandle, _ effects: inout Effects) {
        guard let operation = state.operation else { return }
        if handle.isInPipelineMode, !handle.exitPipelineMode() { state.isWornOut = true }
        if let sqlState = operation.exchange.failure?.sqlState, Self.stalePlanStates.contains(sqlState) {
            state.isWornOut = true
        }
        operation.timer.recordNanoseconds(Int64(Monotonic.now - operation.startedAt))
        if case .sending = operation.cancellation {
            state.operation?.outcome = operation.completeOutcome()
            return
        }
        deadline.set(Monotonic.never)
        state.operation = nil
        effects.resume = (operation.waiter, operation.completeOutcome())
    }

    /// `cached plan must not change result type` and `prepared statement does not exist`: what the connection has prepared
    /// does not fit the schema any more, a new connection starts afresh.
    static let stalePlanStates: Set<String> = ["0A000", "26000"]

    /// The next piece of a COPY; false when there is nothing to do until the socket is ready.
    private func feed(_ state: inout State, _ handle: ConnectionHandle, _ effects: inout Effects) -> Bool {
        // A bounded number of pieces a turn, so that one COPY does not keep the loop from everybody else.
        for _ in 0..<16 {
            guard !state.wantsWrite else { return false }
            guard let isDone = state.operation?.feed?.isDone else { return false }
            let accepted =
                isDone ? handle.putCopyEnd() : state.operation?.feed?.sendChunk { handle.putCopy($0) } ?? false
            if isDone { state.operation?.isFeeding = false }
            guard accepted, flush(&state, handle) else {
                lose(&state, handle, &effects)
                return false
            }
            if isDone { return true }
        }
        state.wantsWrite = true
        return false
    }

    /// The connection is gone: reads what the server said last, then ends everything.
    func lose(_ state: inout State, _ handle: ConnectionHandle, _ effects: inout Effects) {
        guard state.phase == .open else { return }
        var reason = "the connection to the server was lost"
        if var operation = state.operation, operation.outcome == nil, handle.isBad {
            // Bounded: libpq ends with a null result once the socket is gone.
            for _ in 0..<64 {
                guard let result = handle.nextResult() else { break }
                _ = operation.exchange.receive(result.event(statement: operation.name))
            }
            state.operation = operation
        } else if handle.isBad {
            reason = handle.message
        }
        finish(&state, reason: reason, &effects)
        effects.lost = true
    }
}
