/// Where statements can be run: the database itself (each statement on its own) or a ``Transaction``.
public protocol SQLSession: Sendable {
    /// Runs one prepared statement and returns all of its rows.
    ///
    /// - Throws: ``DatabaseError``; `CancellationError` when the task was cancelled (the server is told).
    func query(_ statement: Statement, bindings: Bindings) async throws -> Rows

    /// Runs statements in one round trip (pipeline mode). On the database itself they form one transaction.
    ///
    /// - Returns: one result per statement, in order.
    /// - Throws: the first failure; what follows it was not run.
    func pipeline(_ batch: [BoundStatement]) async throws -> [Rows]
}

extension SQLSession {
    @discardableResult
    public func query<each Value: SQLEncodable>(_ statement: Statement, _ values: repeat each Value) async throws -> Rows {
        try await query(statement, bindings: Bindings(repeat each values))
    }
}

/// A transaction in progress. Valid only inside the closure that received it.
public protocol Transaction: SQLSession {
    /// Sends rows by COPY ... FROM STDIN in binary format.
    ///
    /// - Returns: the number of rows stored.
    func copy(_ rows: CopyRows) async throws -> Int

    /// Runs an action once this has committed, and never when it has not. For hints that may be lost: a process that dies in
    /// between, or a commit whose answer was lost, runs it not.
    func afterCommit(_ action: @escaping @Sendable () -> Void)
}

/// The way to PostgreSQL: a bounded pool of connections.
public protocol Database: SQLSession {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws or the task is cancelled.
    ///
    /// - Parameters:
    ///   - name: shown in logs, metrics and errors.
    ///   - isolation: of the whole transaction.
    /// - Throws: what `body` throws, or ``DatabaseError``. A commit whose answer was lost throws
    ///   `DatabaseError.Code.commitUnknown`: the caller must be able to repeat its work harmlessly.
    func transaction<Result: Sendable>(
        _ name: StaticString, isolation: IsolationLevel,
        _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result
}

extension Database {
    public func transaction<Result: Sendable>(
        _ name: StaticString, _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result {
        try await transaction(name, isolation: .readCommitted, body)
    }
}

public enum IsolationLevel: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}
