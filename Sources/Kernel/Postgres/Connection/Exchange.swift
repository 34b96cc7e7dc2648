import KernelAPI

/// The state machine of one request: it is told what the server answered and says what to do next. It does no I/O.
///
/// Outside pipeline mode the results of a request end with a null result. In pipeline mode each step has its result and a
/// null result, and the synchronisation point ends it; after an error every further step reports that it was aborted.
struct Exchange {
    /// One thing in flight in pipeline mode.
    enum Step: Equatable {
        /// BEGIN or DEALLOCATE: its result is nobody's.
        case housekeeping
        /// A statement is being prepared.
        case prepare(PreparedStatements.Key)
        /// A statement is being executed; its rows are the caller's.
        case execute(name: String)
    }

    enum Mode: Equatable {
        case pipeline([Step])
        /// One prepared statement, not in pipeline mode: the quickest form.
        case single(name: String)
        case simple(name: String)
        case copy(name: String, resultsBefore: Int)
    }

    /// What came from the server.
    enum Event {
        case completed(any RowStorage)
        case failed(DatabaseError)
        case aborted
        case copyIn
        case copyOut
        case synchronized
        /// The null result.
        case end
    }

    enum Action: Equatable {
        /// Ask for the next result.
        case proceed
        /// The server now expects rows.
        case sendCopy
        case prepared(PreparedStatements.Key)
        case finished
        /// The answer makes no sense; the connection cannot be used any longer.
        case broken(String)
    }

    private(set) var mode: Mode
    private(set) var rows: [Rows] = []
    private(set) var failure: DatabaseError?
    private var position = 0

    init(_ mode: Mode) { self.mode = mode }

    /// The statement that the next result belongs to.
    func currentName(default name: String) -> String {
        switch mode {
        case .single(let name), .simple(let name), .copy(let name, _): return name
        case .pipeline(let steps):
            guard position < steps.count else { return name }
            switch steps[position] {
            case .housekeeping: return name
            case .prepare(let key): return key.statement.name
            case .execute(let name): return name
            }
        }
    }

    mutating func receive(_ event: Event) -> Action {
        if case .failed(let error) = event { failure = failure ?? error }
        switch mode {
        case .pipeline(let steps): return receivePipelined(event, steps)
        case .single(let name): return receiveSerial(event, name: name, keepsRows: true)
        case .simple(let name): return receiveSerial(event, name: name, keepsRows: false)
        case .copy(let name, let resultsBefore):
            if case .completed = event, position < resultsBefore {
                position += 1
                return .proceed
            }
            if case .copyIn = event { return .sendCopy }
            return receiveSerial(event, name: name, keepsRows: true)
        }
    }

    private mutating func receiveSerial(_ event: Event, name: String, keepsRows: Bool) -> Action {
        switch event {
        case .completed(let storage):
            if keepsRows || rows.isEmpty {
                rows.append(Rows(storage: storage, statement: name))
            } else {
                rows[0] = Rows(storage: storage, statement: name)
            }
            return .proceed
        case .failed: return .proceed
        case .end: return .finished
        case .copyIn, .copyOut: return .broken("\(name) starts a COPY outside of copy()")
        case .aborted, .synchronized: return .broken("a pipeline's answer outside pipeline mode")
        }
    }

    private mutating func receivePipelined(_ event: Event, _ steps: [Step]) -> Action {
        switch event {
        case .end:
            position += 1
            return .proceed
        case .synchronized:
            guard position == steps.count else { return .broken("\(steps.count - position) answers are missing") }
            return .finished
        case .aborted: return .proceed
        case .copyIn, .copyOut: return .broken("COPY cannot be part of a pipeline")
        case .completed, .failed: break
        }
        guard position < steps.count else { return .broken("more answers than statements") }
        switch (steps[position], event) {
        case (.prepare(let key), .completed): return .prepared(key)
        case (.execute(let name), .completed(let storage)):
            rows.append(Rows(storage: storage, statement: name))
            return .proceed
        default: return .proceed
        }
    }
}
