public import KernelAPI
import Synchronization

/// A transaction on one connection. BEGIN travels with the first statement; without a statement nothing is sent at all.
///
/// One statement at a time: what shall share a round trip goes into one ``pipeline(_:)``.
public final class PostgresTransaction: Transaction {
    private enum Phase {
        case fresh
        case begun
        case ended
    }

    private struct State {
        var phase = Phase.fresh
        /// The first error of the server: after it nothing can be committed.
        var failure: DatabaseError?
        var afterCommit: [@Sendable () -> Void] = []
    }

    private let connection: Connection
    private let name: String
    private let isolation: IsolationLevel
    private let state = Mutex(State())

    init(_ connection: Connection, name: String, isolation: IsolationLevel) {
        self.connection = connection
        self.name = name
        self.isolation = isolation
    }

    public func query(_ statement: Statement, bindings: Bindings) async throws -> Rows {
        let rows = try await perform(statement.name, .statements([BoundStatement(statement, bindings: bindings)]))
        guard let first = rows.first else {
            throw DatabaseError(.protocolViolation, "the server sent no result", statement: statement.name)
        }
        return first
    }

    public func pipeline(_ batch: [BoundStatement]) async throws -> [Rows] {
        guard let first = batch.first else { return [] }
        return try await perform(first.statement.name, .statements(batch))
    }

    public func copy(_ rows: CopyRows) async throws -> Int {
        guard !rows.isEmpty else { return 0 }
        return try await perform(rows.name, .copy(rows)).first?.affectedRows ?? 0
    }

    /// Runs text of several statements without parameters, for migrations.
    public func simple(_ name: StaticString, sql: String) async throws {
        _ = try await perform(name.description, .simple(sql))
    }

    public func afterCommit(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.afterCommit.append(action) }
    }

    private func perform(_ statement: String, _ kind: Request.Kind) async throws -> [Rows] {
        let begin = try state.withLock { state -> IsolationLevel? in
            switch state.phase {
            case .fresh:
                state.phase = .begun
                return isolation
            case .begun: return nil
            case .ended:
                let message = "the transaction \(name) was used after its end"
                throw DatabaseError(.protocolViolation, message, statement: statement)
            }
        }
        do {
            let request = Request(name: statement, kind: kind, begin: begin)
            return try await connection.perform(request, deadline: connection.context.configuration.statementDeadline)
        } catch let error as DatabaseError {
            state.withLock { $0.failure = $0.failure ?? error }
            throw error
        }
    }

    // MARK: The scope

    func run<Result: Sendable>(
        _ body: @Sendable (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let result: Result
        do {
            result = try await body(self)
            try Task.checkCancellation()
        } catch {
            await rollBack()
            throw error
        }
        try await commit()
        for action in state.withLock({ $0.afterCommit }) { action() }
        return result
    }

    private func end() -> (wasBegun: Bool, failure: DatabaseError?) {
        state.withLock { state in
            defer { state.phase = .ended }
            return (state.phase == .begun, state.failure)
        }
    }

    private func commit() async throws {
        let (wasBegun, failure) = end()
        guard wasBegun else { return }
        if connection.isInFailedTransaction {
            await sendRollBack()
            let message = "an earlier statement failed, nothing was committed" + (failure.map { ": \($0.message)" } ?? "")
            throw DatabaseError(
                .server, message, sqlState: failure?.sqlState ?? "25P02", statement: failure?.statement ?? name,
                constraint: failure?.constraint)
        }
        let request = Request(name: name, kind: .simple("COMMIT"), commits: true, isCancellable: false)
        let deadline = connection.context.configuration.statementDeadline
        _ = try await connection.perform(request, deadline: deadline)
    }

    private func rollBack() async {
        guard end().wasBegun, connection.isInTransaction else { return }
        await sendRollBack()
    }

    /// Whatever goes wrong here leaves a connection that is not fit for the pool, and closing it rolls back as well.
    private func sendRollBack() async {
        let request = Request(name: name, kind: .simple("ROLLBACK"), isCancellable: false)
        _ = try? await connection.perform(request, deadline: connection.context.configuration.cancelDeadline)
    }
}
