public import KernelAPI

/// One connection, kept for the duration of ``PostgresDatabase/withSession(_:)``.
public final class PostgresSession: SQLSession {
    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    /// False once the connection is lost, and with it the session's locks.
    public var isOpen: Bool { connection.isOpen }

    /// The server's process, as in `pg_stat_activity.pid`.
    public var backendProcess: Int32 { connection.backendProcess }

    public func query(_ statement: Statement, bindings: Bindings) async throws -> Rows {
        let kind = Request.Kind.statements([BoundStatement(statement, bindings: bindings)])
        guard let rows = try await perform(statement.name, kind).first else {
            throw DatabaseError(.protocolViolation, "the server sent no result", statement: statement.name)
        }
        return rows
    }

    public func pipeline(_ batch: [BoundStatement]) async throws -> [Rows] {
        guard let first = batch.first else { return [] }
        return try await perform(first.statement.name, .statements(batch))
    }

    /// Runs text of several statements without parameters; outside a transaction of their own they form one.
    public func simple(_ name: StaticString, sql: String) async throws {
        _ = try await perform(name.description, .simple(sql))
    }

    /// A transaction on this session's connection.
    public func transaction<Result: Sendable>(
        _ name: StaticString, isolation: IsolationLevel = .readCommitted,
        _ body: @Sendable (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        try await PostgresTransaction(connection, name: name.description, isolation: isolation).run(body)
    }

    private func perform(_ name: String, _ kind: Request.Kind) async throws -> [Rows] {
        let request = Request(name: name, kind: kind, commits: true)
        return try await connection.perform(request, deadline: connection.context.configuration.statementDeadline)
    }

    /// Leaves nothing of the session behind; prepared statements stay, the pool knows them.
    func end() async {
        guard connection.isReusable else { return connection.close() }
        let text = "SELECT pg_advisory_unlock_all(); RESET ALL; UNLISTEN *; CLOSE ALL; DISCARD TEMP"
        let request = Request(name: "kernel.end_session", kind: .simple(text), isCancellable: false)
        do {
            _ = try await connection.perform(request, deadline: connection.context.configuration.cancelDeadline)
        } catch {
            connection.close()
        }
    }
}
