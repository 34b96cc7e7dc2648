import Foundation
import KernelAPI

/// ``JobAdministration`` on the scheduler's tables: any pod can answer, also for jobs that only others serve.
struct JobAdministrator: JobAdministration {
    let store: JobStore
    let audit: any AuditTrail
    let signals: ControlSignals

    static let mostRuns = 200

    func jobs() async throws -> [JobStatus] { try await store.known().map(status) }

    func runs(of job: String, limit: Int) async throws -> [JobRunStatus] {
        _ = try await known(job)
        return try await store.runs(of: job, limit: min(max(limit, 1), Self.mostRuns))
    }

    func runNow(_ job: String, by actor: AuditActor) async throws -> JobRunStatus {
        let id = UUID()
        return try await store.database.transaction("kernel.run_job_now") { transaction in
            guard let found = try await store.request(id, of: job, at: store.clock.now, in: transaction),
                let status = try await store.status(of: found, in: transaction)
            else { throw Self.unknown(job) }
            // Somebody who asks twice gets the same run, and asked once.
            guard found == id else { return status }
            try await audit.record(
                AuditEntry(.jobRunRequested, target: "job:\(job)", by: actor, newValue: Array("{\"run\":\"\(id)\"}".utf8)),
                in: transaction)
            try await signals.send(.jobs, in: transaction)
            return status
        }
    }

    func setPaused(_ job: String, _ isPaused: Bool, by actor: AuditActor) async throws -> JobStatus {
        try await store.database.transaction("kernel.pause_job") { transaction in
            if try await store.setPaused(job, isPaused, in: transaction) {
                try await audit.record(
                    AuditEntry(
                        isPaused ? .jobPaused : .jobResumed, target: "job:\(job)", by: actor,
                        oldValue: Self.pausedValue(!isPaused), newValue: Self.pausedValue(isPaused)),
                    in: transaction)
                try await signals.send(.jobs, in: transaction)
            }
            return status(try await known(job, in: transaction))
        }
    }

    private func known(_ job: String, in session: (any SQLSession)? = nil) async throws -> JobStore.KnownJob {
        guard let known = try await store.known(job, in: session).first else { throw Self.unknown(job) }
        return known
    }

    private func status(_ job: JobStore.KnownJob) -> JobStatus {
        JobStatus(
            job: job.name, summary: job.summary, schedule: job.schedule, isPaused: job.isPaused,
            nextTick: job.isPaused ? nil : Job.Schedule(job.schedule)?.next(after: store.clock.now), lastRun: job.lastRun)
    }

    private static func unknown(_ job: String) -> Problem { .notFound("There is no job named \(job).") }

    private static func pausedValue(_ isPaused: Bool) -> [UInt8] { Array("{\"isPaused\":\(isPaused)}".utf8) }
}

extension AuditAction {
    static let jobPaused: AuditAction = "job.paused"
    static let jobResumed: AuditAction = "job.resumed"
    static let jobRunRequested: AuditAction = "job.run_requested"
}
