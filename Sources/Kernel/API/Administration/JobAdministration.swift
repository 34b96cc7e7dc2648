public import struct Foundation.Date
public import struct Foundation.UUID

/// The scheduler's jobs, for the whole cluster.
public protocol JobAdministration: Sendable {
    func jobs() async throws -> [JobStatus]

    /// The newest runs first.
    func runs(of job: String, limit: Int) async throws -> [JobRunStatus]

    /// Starts a run beside the schedule, on whichever pod takes it; the overlap policy holds.
    ///
    /// - Throws: ``Problem`` 404 for an unknown job.
    func runNow(_ job: String, by actor: AuditActor) async throws -> JobRunStatus

    /// Ticks of a paused job are passed over. Runs under way go on.
    func setPaused(_ job: String, _ isPaused: Bool, by actor: AuditActor) async throws -> JobStatus
}

/// A job and how it is doing.
public struct JobStatus: Sendable {
    /// `plugin.job`
    public let job: String
    public let summary: String
    /// `every 3600 s`, `0 6 * * *`
    public let schedule: String
    public let isPaused: Bool
    public let nextTick: Date?
    public let lastRun: JobRunStatus?

    public init(
        job: String, summary: String, schedule: String, isPaused: Bool, nextTick: Date?, lastRun: JobRunStatus?
    ) {
        self.job = job
        self.summary = summary
        self.schedule = schedule
        self.isPaused = isPaused
        self.nextTick = nextTick
        self.lastRun = lastRun
    }
}

/// One run of a job.
public struct JobRunStatus: Sendable {
    public enum State: String, Sendable, CaseIterable, Hashable {
        case requested, running, succeeded, failed, skipped, lost
    }

    public let id: UUID
    public let job: String
    public let tick: Date
    public let attempt: Int
    public let state: State
    public let pod: String?
    public let startedAt: Date?
    public let endedAt: Date?
    /// Safe to show.
    public let error: String?

    public init(
        id: UUID, job: String, tick: Date, attempt: Int, state: State, pod: String?, startedAt: Date?, endedAt: Date?,
        error: String?
    ) {
        self.id = id
        self.job = job
        self.tick = tick
        self.attempt = attempt
        self.state = state
        self.pod = pod
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.error = error
    }
}
