import Foundation
import KernelAPI

/// The scheduler's tables as one pod sees them. What each statement says is in `JobStore+Statements.swift`.
///
/// Claiming is done under an advisory lock for the job, in one flight: lock, statement and commit reach the server
/// together, so that a pod that stops in between holds the lock no longer than the server needs.
struct JobStore: Sendable {
    let database: any Database
    let clock: any WallClock
    let settings: SchedulerSettings
    /// Holds the leases of this scheduler's runs: a pod that was restarted under the same name is another one.
    let owner = UUID()

    /// A run that waits, and since when it may begin.
    struct Waiting: Sendable, Equatable {
        let job: String
        let dueAt: Date
    }

    struct LostRun: Sendable, Equatable {
        let job: String
        let tick: Date
        let attempt: Int
        let isRepeated: Bool
    }

    // MARK: Ticks

    /// Makes the jobs known. A job that is new, or has a new schedule, has no ticks before now.
    func describe(_ jobs: [JobRegistration]) async throws {
        // In the order of their names, so that pods do not wait for each other crosswise.
        _ = try await database.pipeline(
            jobs.sorted { $0.label < $1.label }.map { job in
                BoundStatement(
                    Self.describe, job.label, job.job.summary, "\(job.job.schedule)", "\(job.job.overlap)",
                    job.job.repeatsWhenLost, clock.now)
            })
    }

    /// Claims a tick: it becomes a run that waits, or one that is skipped.
    ///
    /// - Returns: `nil` when another pod was first, the job is paused, or the tick is from a time that is done with.
    func plan(_ job: String, tick: Date, dueAt: Date) async throws -> JobRunStatus.State? {
        let now = clock.now
        let rows = try await database.pipeline([
            lock(job),
            BoundStatement(
                Self.plan, job, tick, dueAt, UUID(), now, now + SchedulerSettings.clockTolerance / .seconds(1)),
        ])
        return try rows[1].first.flatMap { JobRunStatus.State(rawValue: try $0.decode(0)) }
    }

    // MARK: Runs

    /// Marks runs as lost whose lease expired, puts those that are to be repeated back, and lists what waits of these jobs.
    func look(at jobs: [String]) async throws -> (lost: [LostRun], waiting: [Waiting]) {
        let rows = try await database.pipeline([
            BoundStatement(Self.loseExpired, clock.now, SchedulerSettings.mostAttempts), BoundStatement(Self.listWaiting, jobs),
        ])
        return (
            try rows[0].map { row in
                var columns = row.columns
                return LostRun(
                    job: try columns.next(), tick: try columns.next(), attempt: try columns.next(),
                    isRepeated: try columns.next())
            },
            try rows[1].map { row in
                var columns = row.columns
                return Waiting(job: try columns.next(), dueAt: try columns.next())
            }
        )
    }

    /// Takes the job's run that may begin and is of the earliest tick, unless one is under way or none is due.
    func take(_ job: String) async throws -> ClaimedRun? {
        let rows = try await database.pipeline([
            lock(job), BoundStatement(Self.take, job, settings.pod, owner, clock.now, leaseSeconds),
        ])
        return try rows[1].first.map { row in
            var columns = row.columns
            return ClaimedRun(id: try columns.next(), tick: try columns.next(), attempt: try columns.next())
        }
    }

    /// Puts a run back that was taken and not begun.
    func putBack(_ id: UUID) async throws { try await database.query(Self.putBack, id, owner) }

    /// Renews the leases of runs under way.
    ///
    /// - Returns: the runs among them that are lost.
    func renew(_ ids: [UUID]) async throws -> [UUID] {
        try await database.pipeline([
            BoundStatement(Self.renew, ids, owner, leaseSeconds), BoundStatement(Self.listLost, ids, owner),
        ])[1].map { try $0.decode(0) }
    }

    /// Marks a run as succeeded in the job's own transaction.
    ///
    /// The server ends a transaction that is not committed within the length of a lease: a pod that stops between here and
    /// its commit would keep everybody else from judging the run.
    ///
    /// - Throws: ``JobRunLost``; the transaction can then not be committed.
    func complete(_ id: UUID, in transaction: any Transaction) async throws {
        do {
            _ = try await transaction.pipeline([
                BoundStatement(Self.limitIdling, "\(max(1, Int(leaseSeconds * 1_000)))"),
                BoundStatement(Self.complete, id, owner, clock.now),
            ])
        } catch let error as DatabaseError where error.sqlState == "BS001" {
            throw JobRunLost()
        }
    }

    /// Writes down how a run ended, unless the job did so itself or the run is lost.
    ///
    /// - Returns: the run's state now.
    func finish(_ id: UUID, _ state: JobRunStatus.State, error: String?) async throws -> JobRunStatus.State? {
        let text = error.map { String($0.prefix(SchedulerSettings.longestError)) }
        let rows = try await database.pipeline([
            BoundStatement(Self.finish, id, owner, state.rawValue, clock.now, text), BoundStatement(Self.state, id),
        ])
        return try rows[1].first.flatMap { JobRunStatus.State(rawValue: try $0.decode(0)) }
    }

    /// Gives the lease of a run up, so that the next look at the table finds it lost.
    func release(_ id: UUID) async throws { try await database.query(Self.release, id, owner) }

    // MARK: History

    /// Deletes old runs and skips those that nobody began.
    ///
    /// - Returns: true when there is more to delete.
    func prune() async throws -> Bool {
        let now = clock.now
        let rows = try await database.pipeline([
            BoundStatement(Self.skipStale, now, now - SchedulerSettings.longestWait / .seconds(1)),
            BoundStatement(Self.prune, settings.keptRuns, now - Double(settings.keptDays) * 86_400, Self.pruneBatch),
        ])
        return rows[1].affectedRows == Self.pruneBatch
    }

    private static let pruneBatch = 1_000

    private var leaseSeconds: Double { settings.lease / .seconds(1) }

    private func lock(_ job: String) -> BoundStatement { BoundStatement(Self.lock, job) }
}
