import Foundation
import KernelAPI
import KernelPostgres

@testable import KernelRuntime

/// The table of runs as a test sees it; it hears of every change, so that a test can wait for what is to come.
struct JobTable: Sendable {
    struct Row: Sendable, Equatable {
        let id: UUID
        let job: String
        let tick: Date
        let attempt: Int
        let state: JobRunStatus.State
        let pod: String?
        let dueAt: Date
        let error: String?

        var isOpen: Bool { state == .requested || state == .running }
    }

    struct Silence: Error {}

    private let database: PostgresDatabase

    /// - Parameter database: one that stays when the pods' connections are torn away.
    init(_ database: PostgresDatabase) async throws {
        self.database = database
        try await database.withSession { try await $0.simple("test.watch_runs", sql: Self.trigger) }
    }

    func rows() async throws -> [Row] {
        try await database.query(Self.list).map { row in
            var columns = row.columns
            let (id, job, tick) = (try columns.next(UUID.self), try columns.next(String.self), try columns.next(Date.self))
            let attempt = try columns.next(Int.self)
            guard let state = JobRunStatus.State(rawValue: try columns.next()) else { throw Silence() }
            return Row(
                id: id, job: job, tick: tick, attempt: attempt, state: state, pod: try columns.next(),
                dueAt: try columns.next(), error: try columns.next())
        }
    }

    /// Waits until the rows, in the order of job, tick and attempt, are as wanted.
    @discardableResult
    func wait(until isDone: ([Row]) throws -> Bool) async throws -> [Row] {
        for await _ in database.listen("test_job_run") {
            let rows = try await rows()
            if try isDone(rows) { return rows }
        }
        throw Silence()
    }

    /// States in the order of tick and attempt.
    func states() async throws -> [JobRunStatus.State] { try await rows().map(\.state) }

    private static let list = Statement(
        "test.list_runs",
        """
        SELECT id, job, tick, attempt, state, pod, due_at, error FROM kernel.job_run ORDER BY job COLLATE "C", tick, attempt, id
        """)

    private static let trigger = """
        CREATE SCHEMA test;
        CREATE FUNCTION test.tell() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('test_job_run', ''); RETURN NULL; END $$;
        CREATE TRIGGER tell AFTER INSERT OR UPDATE OF state ON kernel.job_run
            FOR EACH STATEMENT EXECUTE FUNCTION test.tell();
        CREATE TABLE test.effect (job text NOT NULL, tick timestamptz NOT NULL, attempt integer NOT NULL, pod text NOT NULL);
        CREATE TABLE test.audit (action text NOT NULL, target text NOT NULL, old_value text, new_value text);
        """
}
