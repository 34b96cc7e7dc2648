public import KernelAPI
public import Logging
import Synchronization

/// How many connections are in which state.
public struct PostgresStatistics: Sendable, Equatable {
    /// Leased to somebody.
    public let active: Int
    public let idle: Int
    /// Tasks that wait for a connection.
    public let waiting: Int
}

/// PostgreSQL through libpq: a bounded pool of connections that never blocks the cooperative pool.
///
/// Creating one does no I/O: connections are made when they are needed. ``close()`` ends it for good.
public final class PostgresDatabase: Database, Sendable {
    public let configuration: PostgresConfiguration
    let context: ConnectionContext
    let pool: ConnectionPool

    public init(configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        context = ConnectionContext(
            configuration: configuration, loop: PollLoop(),
            connectThreads: BlockingThreads(name: "postgres-connect", threadLimit: 4),
            cancelThreads: BlockingThreads(name: "postgres-cancel", threadLimit: 4),
            metrics: PostgresMetrics(), logger: logger)
        pool = ConnectionPool(context: context)
    }

    /// Runs tasks on the driver's own thread, where an answer costs no hop: `withTaskExecutorPreference(database.executor)`.
    ///
    /// For code that mostly waits for the database. What computes for long there delays everybody's answers.
    public var executor: any TaskExecutor {
        context.loop.start()
        return context.loop.executor
    }

    deinit {
        pool.shut()
        context.loop.stop {}
    }

    public var statistics: PostgresStatistics { pool.statistics }

    public func query(_ statement: Statement, bindings: Bindings) async throws -> Rows {
        let request = Request(
            name: statement.name, kind: .statements([BoundStatement(statement, bindings: bindings)]),
            commits: true)
        let rows = try await retryingStalePlan { try await self.runAlone(request) }
        guard let first = rows.first else {
            throw DatabaseError(.protocolViolation, "the server sent no result", statement: statement.name)
        }
        return first
    }

    public func pipeline(_ batch: [BoundStatement]) async throws -> [Rows] {
        guard let first = batch.first else { return [] }
        let request = Request(name: first.statement.name, kind: .statements(batch), commits: true)
        return try await retryingStalePlan { try await self.runAlone(request) }
    }

    /// Asks the server for an answer.
    public func ping() async throws {
        _ = try await query(Self.ping)
    }

    private static let ping = Statement("kernel.ping", "SELECT 1")

    private func runAlone(_ request: Request) async throws -> [Rows] {
        let connection = try await pool.lease()
        defer { pool.release(connection) }
        return try await connection.perform(request, deadline: configuration.statementDeadline)
    }

    /// A migration may have changed what a prepared statement returns; nothing was done then, and the connection with the
    /// stale plan is not used again.
    private func retryingStalePlan(_ body: () async throws -> [Rows]) async throws -> [Rows] {
        do {
            return try await body()
        } catch let error as DatabaseError where error.sqlState.map(Connection.stalePlanStates.contains) ?? false {
            return try await body()
        }
    }

    public func transaction<Result: Sendable>(
        _ name: StaticString, isolation: IsolationLevel, _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result {
        let connection = try await pool.lease()
        defer { pool.release(connection) }
        let transaction = PostgresTransaction(connection, name: name.description, isolation: isolation)
        return try await transaction.run { try await body($0) }
    }

    /// Keeps one connection for the whole of `body`: for advisory locks and other state of a session.
    ///
    /// Afterwards advisory locks are released and settings reset.
    public func withSession<Result: Sendable>(
        _ body: @Sendable (PostgresSession) async throws -> Result
    ) async throws -> Result {
        let connection = try await pool.lease()
        let session = PostgresSession(connection)
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body(session)) } catch { outcome = .failure(error) }
        await session.end()
        pool.release(connection)
        return try outcome.get()
    }

    /// Refuses new work, waits for statements under way (at most the cancel deadline), then closes every connection and
    /// ends the driver's thread.
    public func close() async {
        await pool.close(patience: configuration.cancelDeadline)
        await withCheckedContinuation { continuation in
            context.loop.stop { continuation.resume() }
        }
    }
}
