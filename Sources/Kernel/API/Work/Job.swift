public import struct Foundation.Date
public import struct Foundation.UUID
public import Logging

/// Work at set times, once a cluster: each tick is claimed by one pod.
public struct Job: Sendable {
    public enum Schedule: Sendable, Hashable {
        /// Ticks at whole multiples of the interval since 1970, so that all pods agree on them. At least a second.
        case every(Duration)
        /// Five fields in UTC: minute, hour, day of month, month, day of week.
        case cron(CronExpression)
    }

    /// What happens at a tick while an earlier run is still under way.
    public enum Overlap: Sendable, Hashable {
        /// The tick is recorded as skipped.
        case skip
        /// The run begins when the earlier one has ended.
        case wait
    }

    /// Unique within the plugin.
    public let name: String
    /// One line for people.
    public let summary: String
    public let schedule: Schedule
    /// A run begins up to this much later than its tick, by chance, so that not everything starts at once.
    public let jitter: Duration
    /// A run that takes longer is cancelled and recorded as failed.
    public let deadline: Duration
    public let overlap: Overlap
    /// A run whose pod died is recorded as lost. True: it is then repeated, once it is sure that the pod is gone.
    public let repeatsWhenLost: Bool
    public let run: @Sendable (JobRun) async throws -> Void

    public init(
        _ name: String, _ summary: String, schedule: Schedule, jitter: Duration = .zero, deadline: Duration,
        overlap: Overlap = .skip, repeatsWhenLost: Bool = false, run: @escaping @Sendable (JobRun) async throws -> Void
    ) {
        self.name = name
        self.summary = summary
        self.schedule = schedule
        self.jitter = jitter
        self.deadline = deadline
        self.overlap = overlap
        self.repeatsWhenLost = repeatsWhenLost
        self.run = run
    }
}

/// One run of a job, as the job sees it.
public struct JobRun: Sendable {
    public let id: UUID
    /// The moment that the run stands for.
    public let tick: Date
    /// 1, or more when earlier runs of this tick were lost.
    public let attempt: Int
    public let logger: Logger
    private let completing: @Sendable (any Transaction) async throws -> Void

    public init(
        id: UUID, tick: Date, attempt: Int, logger: Logger, completing: @escaping @Sendable (any Transaction) async throws -> Void
    ) {
        self.id = id
        self.tick = tick
        self.attempt = attempt
        self.logger = logger
        self.completing = completing
    }

    /// Marks the run as done in the job's own transaction, so that its effect is there exactly once: a run that was declared
    /// lost meanwhile cannot commit.
    ///
    /// - Throws: ``JobRunLost`` when somebody else has taken over.
    public func complete(in transaction: any Transaction) async throws { try await completing(transaction) }
}

/// The run was declared lost, and its tick may be done by another pod.
public struct JobRunLost: Error, CustomStringConvertible {
    public init() {}
    public var description: String { "the run was declared lost while it was under way" }
}
