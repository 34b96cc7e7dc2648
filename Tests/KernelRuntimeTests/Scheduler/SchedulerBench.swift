import Foundation
import KernelAPI
import KernelPostgres
import KernelTesting
import Logging
import Synchronization

@testable import KernelRuntime

/// A database with the kernel's tables, and pods on it whose time stands still until a test moves it.
///
/// Most tests let a pod look and run what it took by hand; those about a pod's life use ``running(_:_:)``.
struct SchedulerBench: Sendable {
    let database: PostgresDatabase
    let url: String
    /// The time of day; 12:00 at first.
    let wall = ManualClock()
    /// What pauses and deadlines are measured with.
    let clock = TestClock()
    let table: JobTable

    static func run(_ body: @Sendable (SchedulerBench) async throws -> Void) async throws {
        try await kernelDatabase { database, url in
            try await body(SchedulerBench(database: database, url: url, table: try await JobTable(database)))
        }
    }

    /// What a pod does not look for by itself within an hour is looked for when the test says so.
    func pod(
        _ name: String = "a", database: PostgresDatabase? = nil, logger: Logger = silent, fraction: Double = 0,
        signals: ControlSignals? = nil, _ adjust: (inout SchedulerSettings) -> Void = { _ in }
    ) -> Scheduler {
        var settings = SchedulerSettings(pod: name)
        settings.poll = .seconds(3_600)
        adjust(&settings)
        return Scheduler(
            database: database ?? self.database, settings: settings, logger: logger, wallClock: wall, clock: clock,
            random: FixedGenerator(fraction), signals: signals)
    }

    /// A pod that serves these jobs, which are known from now on.
    func pod(_ name: String = "a", serving job: Job, _ more: Job...) async throws -> Scheduler {
        let pod = pod(name)
        try await serve([job] + more, on: pod)
        return pod
    }

    func serve(_ jobs: [Job], of plugin: PluginName = "test", on pod: Scheduler) async throws {
        await pod.add(plugin: plugin, jobs: jobs, logger: silent)
        try await pod.store.describe(jobs.map { JobRegistration(plugin: plugin, job: $0, logger: silent) })
    }

    /// Moves the time of day, and lets pods that run look.
    func advance(_ seconds: Double, _ pods: Scheduler...) {
        wall.advance(by: .seconds(seconds))
        for pod in pods { pod.lookNow() }
    }

    /// Runs pods until `body` returns.
    func running(_ pods: Scheduler..., body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for pod in pods { group.addTask { try await pod.run() } }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// Waits until somebody makes a pause of this length.
    func pausing(_ pause: Duration) async { while await clock.pauses.next() != pause {} }

    /// Waits for a pause of this length, and ends it.
    func pass(_ pause: Duration) async {
        await pausing(pause)
        clock.advance(by: pause)
    }

    func execute(_ sql: String) async throws {
        try await database.withSession { try await $0.simple("test.execute", sql: sql) }
    }

    func count(_ statement: Statement) async throws -> Int { try await database.query(statement).scalar() }
}

/// A job that a test writes: every minute, with all the time in the world.
func testJob(
    _ name: String = "job", every interval: Duration = .seconds(60), jitter: Duration = .zero,
    deadline: Duration = .seconds(86_400), overlap: Job.Overlap = .skip, repeatsWhenLost: Bool = false,
    run: @escaping @Sendable (JobRun) async throws -> Void = { _ in }
) -> Job {
    Job(
        name, "A test", schedule: .every(interval), jitter: jitter, deadline: deadline, overlap: overlap,
        repeatsWhenLost: repeatsWhenLost, run: run)
}

/// Always the same number: the given fraction of the largest.
struct FixedGenerator: RandomNumberGenerator {
    let fraction: Double
    init(_ fraction: Double) { self.fraction = fraction }
    mutating func next() -> UInt64 { UInt64(fraction * 0x1p63) << 1 }
}

/// A door that jobs wait at until a test opens it; cancellation does not open it.
final class Door: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Waits for ever, unless it is cancelled.
func foreverUnlessCancelled() async throws {
    let (never, source) = AsyncStream.makeStream(of: Void.self)
    for await _ in never {}
    source.finish()
    try Task.checkCancellation()
}

/// An audit trail in a table of the test's.
struct TableAudit: AuditTrail {
    struct Full: Error {}
    var isFull = false

    func record(_ entry: AuditEntry, in transaction: any Transaction) async throws {
        if isFull { throw Full() }
        func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        try await transaction.query(
            Self.insert, entry.action.rawValue, entry.target, text(entry.oldValue), text(entry.newValue))
    }

    private static let insert = Statement("test.insert_audit", "INSERT INTO test.audit VALUES ($1, $2, $3, $4)")
}
