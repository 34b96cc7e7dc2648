import KernelAPI
import Metrics
import Synchronization

/// The caller's side: a request is encoded and sent on the caller's thread, so that no hop is needed.
extension Connection {
    func submit(_ request: Request, identifier: UInt64, waiter: Operation.Waiter, deadline duration: Duration?) {
        let now = Monotonic.now
        let due = duration.map { now + Monotonic.nanoseconds($0) } ?? Monotonic.never
        var effects = Effects()
        state.withLock { state in
            if let error = refusal(state, request) {
                effects.resume = (waiter, .failure(error))
                return
            }
            guard let handle = state.handle else { return }
            var timer: Timer?
            let exchange = send(request, &state, handle, &timer)
            state.operation = Operation(
                identifier: identifier, request: request, waiter: waiter,
                timer: timer ?? context.metrics.timer(for: request.name), startedAt: now,
                exchange: exchange ?? Exchange(.simple(name: request.name)), feed: Self.feed(request))
            deadline.set(due)
            guard exchange != nil, flush(&state, handle) else { return lose(&state, handle, &effects) }
            effects.refreshes = state.wantsWrite
        }
        perform(effects)
        context.loop.deadlineMoved(to: due)
    }

    private func refusal(_ state: State, _ request: Request) -> (any Error)? {
        guard state.phase == .open, state.handle != nil else {
            return DatabaseError(.unavailable, "the connection to the server was lost", statement: request.name)
        }
        guard state.operation == nil else {
            let message = "one request at a time: another one is under way in this transaction or session"
            return DatabaseError(.protocolViolation, message, statement: request.name)
        }
        return request.isCancellable && Task.isCancelled ? CancellationError() : nil
    }

    private static func feed(_ request: Request) -> CopyFeed? {
        if case .copy(let rows) = request.kind { CopyFeed(rows) } else { nil }
    }

    /// Puts the request into libpq's buffer; `nil` when libpq refuses.
    private func send(
        _ request: Request, _ state: inout State, _ handle: ConnectionHandle, _ timer: inout Timer?
    ) -> Exchange? {
        switch request.kind {
        case .statements(let batch):
            if batch.count == 1, request.begin == nil {
                let key = PreparedStatements.Key(statement: batch[0].statement, types: batch[0].bindings.types)
                if let entry = state.prepared.confirmed(key) {
                    timer = entry.timer
                    guard handle.sendExecute(name: entry.serverName, bindings: batch[0].bindings) else { return nil }
                    return Exchange(.single(name: key.statement.name))
                }
            }
            return sendPipeline(batch, begin: request.begin, &state, handle)
        case .simple(let text):
            let begin = request.begin.map { $0.beginText + ";\n" } ?? ""
            return handle.send(simple: begin + text) ? Exchange(.simple(name: request.name)) : nil
        case .copy(let rows):
            let begin = request.begin.map { $0.beginText + ";\n" } ?? ""
            guard handle.send(simple: begin + rows.text) else { return nil }
            return Exchange(.copy(name: request.name, resultsBefore: request.begin == nil ? 0 : 1))
        }
    }

    private func sendPipeline(
        _ batch: [BoundStatement], begin: IsolationLevel?, _ state: inout State, _ handle: ConnectionHandle
    ) -> Exchange? {
        guard handle.enterPipelineMode() else { return nil }
        var steps: [Exchange.Step] = []
        steps.reserveCapacity(batch.count + 2)
        if let begin {
            guard handle.send(unprepared: begin.beginText) else { return nil }
            steps.append(.housekeeping)
        }
        /// Prepared earlier in this flight, not confirmed yet.
        var underway: [PreparedStatements.Key: String] = [:]
        for bound in batch {
            let key = PreparedStatements.Key(statement: bound.statement, types: bound.bindings.types)
            var serverName = underway[key] ?? state.prepared.confirmed(key)?.serverName
            if serverName == nil {
                let (entry, evicted) = state.prepared.reserve(key, timer: context.metrics.timer(for: key.statement.name))
                if let evicted {
                    guard handle.send(unprepared: "DEALLOCATE \(evicted)") else { return nil }
                    steps.append(.housekeeping)
                }
                guard handle.sendPrepare(name: entry.serverName, text: key.statement.text, types: key.types) else { return nil }
                steps.append(.prepare(key))
                underway[key] = entry.serverName
                serverName = entry.serverName
            }
            guard let serverName, handle.sendExecute(name: serverName, bindings: bound.bindings) else { return nil }
            steps.append(.execute(name: key.statement.name))
        }
        return handle.sync() ? Exchange(.pipeline(steps)) : nil
    }
}
