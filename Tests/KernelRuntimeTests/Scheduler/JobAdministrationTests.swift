import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(2))) struct JobAdministrationTests {
    private func administrator(_ bench: SchedulerBench, isFull: Bool = false) -> JobAdministrator {
        JobAdministrator(
            store: bench.pod("admin").store, audit: TableAudit(isFull: isFull),
            signals: ControlSignals(database: bench.database, logger: silent))
    }

    private func audit(_ bench: SchedulerBench) async throws -> [[String?]] {
        try await bench.database.query(Self.listAudit).map { row in try (0..<4).map { try row.decode($0) } }
    }

    private static let listAudit = Statement(
        "test.list_audit", "SELECT action, target, old_value, new_value FROM test.audit ORDER BY ctid")

    private let actor = AuditActor(accountID: UUID())

    @Test("A run that somebody asks for on one pod is run at once by another, beside the schedule, and audited")
    func runNow() async throws {
        try await SchedulerBench.run { bench in
            let ran = Record<Date>()
            let signals = ControlSignals(database: bench.database, logger: silent)
            let pod = bench.pod("b", signals: signals)
            try await bench.serve([testJob(every: .seconds(86_400)) { ran.add($0.tick) }], on: pod)
            bench.advance(7)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await signals.run() }
                group.addTask { try await pod.run() }
                let asked = try await administrator(bench).runNow("test.job", by: actor)
                #expect(asked.state == .requested)
                #expect(asked.tick == ManualClock().now + 7)
                let rows = try await bench.table.wait { $0.first?.state == .succeeded }
                #expect(rows.map(\.id) == [asked.id])
                #expect(ran.all == [asked.tick])
                #expect(
                    try await audit(bench) == [["job.run_requested", "job:test.job", nil, "{\"run\":\"\(asked.id)\"}"]])
                group.cancelAll()
            }
        }
    }

    @Test("Who asks again before the run begins gets the same run, and asked once; the overlap policy holds")
    func runNowAgain() async throws {
        try await SchedulerBench.run { bench in
            let administrator = administrator(bench)
            let pod = bench.pod()
            try await bench.serve([testJob("skip"), testJob("wait", overlap: .wait)], on: pod)
            for job in ["test.skip", "test.wait"] {
                let first = try await administrator.runNow(job, by: actor)
                bench.advance(1)
                #expect(try await administrator.runNow(job, by: actor).id == first.id)
            }
            #expect(try await audit(bench).count == 2)
            #expect(await pod.look().claimed.count == 2)
            bench.advance(1)
            #expect(try await administrator.runNow("test.skip", by: actor).state == .skipped)
            #expect(try await administrator.runNow("test.wait", by: actor).state == .requested)
            #expect(await pod.look().claimed.isEmpty)
            #expect(try await audit(bench).count == 4)
        }
    }

    @Test("A paused job passes its ticks over, also the one that waits; asked for, it runs; resumed, it makes nothing up")
    func pause() async throws {
        try await SchedulerBench.run { bench in
            let administrator = administrator(bench)
            let pod = bench.pod(fraction: 0.9)
            try await bench.serve([testJob(jitter: .seconds(20))], on: pod)
            bench.advance(60)
            #expect(await pod.look().claimed.isEmpty)
            let paused = try await administrator.setPaused("test.job", true, by: actor)
            #expect(paused.isPaused && paused.nextTick == nil)
            #expect(try await bench.table.states() == [.skipped])
            bench.advance(60)
            #expect(await pod.look().claimed.isEmpty)
            _ = try await administrator.runNow("test.job", by: actor)
            let asked = await pod.look().claimed
            #expect(asked.map(\.run.tick) == [ManualClock().now + 120])
            for claim in asked { await pod.execute(claim) }
            bench.advance(90)
            // Twice is once.
            for _ in 0..<2 {
                let resumed = try await administrator.setPaused("test.job", false, by: actor)
                #expect(!resumed.isPaused && resumed.nextTick == ManualClock().now + 240)
            }
            // Another pod, which has not looked at these ticks yet.
            let other = try await bench.pod("b", serving: testJob())
            #expect(await other.look().claimed.isEmpty)
            bench.advance(60)
            #expect(await other.look().claimed.map(\.run.tick) == [ManualClock().now + 240])
            #expect(
                try await audit(bench).map { $0[0] } == ["job.paused", "job.run_requested", "job.resumed"])
            #expect(try await audit(bench)[0][2...] == ["{\"isPaused\":false}", "{\"isPaused\":true}"])
        }
    }

    @Test("What cannot be audited is not done")
    func unaudited() async throws {
        try await SchedulerBench.run { bench in
            let administrator = administrator(bench, isFull: true)
            let pod = try await bench.pod(serving: testJob())
            await #expect(throws: TableAudit.Full.self) {
                _ = try await administrator.setPaused("test.job", true, by: actor)
            }
            await #expect(throws: TableAudit.Full.self) { _ = try await administrator.runNow("test.job", by: actor) }
            #expect(try await administrator.jobs().map(\.isPaused) == [false])
            #expect(await pod.look().claimed.isEmpty)
            #expect(try await bench.table.rows().isEmpty)
        }
    }

    @Test("Jobs are listed by name with their next tick and newest run, also those that another pod serves; old ones are not")
    func list() async throws {
        try await SchedulerBench.run { bench in
            let cron = try #require(CronExpression("0 6 * * *"))
            let nightly = Job("nightly", "Tidies up", schedule: .cron(cron), deadline: .seconds(60)) { _ in }
            let pod = bench.pod()
            try await bench.serve([testJob("b"), testJob("a", every: .seconds(7_200)), nightly], on: pod)
            bench.advance(60)
            for claim in await pod.look().claimed { await pod.execute(claim) }
            let jobs = try await administrator(bench).jobs()
            #expect(jobs.map(\.job) == ["test.a", "test.b", "test.nightly"])
            #expect(jobs.map(\.schedule) == ["every 7200 s", "every 60 s", "0 6 * * *"])
            #expect(jobs.map(\.summary) == ["A test", "A test", "Tidies up"])
            #expect(
                jobs.map { $0.nextTick?.iso8601 } == ["2026-01-15T14:00:00Z", "2026-01-15T12:02:00Z", "2026-01-16T06:00:00Z"])
            let run = try #require(jobs[1].lastRun)
            #expect(run.state == .succeeded && run.pod == "a" && run.startedAt != nil && run.endedAt != nil)
            #expect(jobs[0].lastRun == nil)
            // Nobody has served them for more than a week.
            bench.advance(8 * 86_400)
            #expect(try await administrator(bench).jobs().isEmpty)
        }
    }

    @Test("The newest runs come first, as many as are asked for; a job that nobody knows is 404")
    func runs() async throws {
        try await SchedulerBench.run { bench in
            let administrator = administrator(bench)
            let pod = try await bench.pod(serving: testJob())
            for _ in 0..<5 {
                bench.advance(60)
                for claim in await pod.look().claimed { await pod.execute(claim) }
            }
            let found = try await administrator.runs(of: "test.job", limit: 3)
            #expect(found.map { $0.tick.timeIntervalSince(ManualClock().now) } == [300, 240, 180])
            #expect(try await administrator.runs(of: "test.job", limit: 0).count == 1)
            func isNotFound(_ body: () async throws -> Void) async -> Bool {
                do { try await body() } catch let problem as Problem { return problem.status == .notFound } catch {}
                return false
            }
            #expect(await isNotFound { _ = try await administrator.runs(of: "test.none", limit: 3) })
            #expect(await isNotFound { _ = try await administrator.runNow("test.none", by: actor) })
            #expect(await isNotFound { _ = try await administrator.setPaused("test.none", true, by: actor) })
            #expect(try await audit(bench).isEmpty)
        }
    }
}

/// A plugin with a job, as ``TestKernel`` runs it.
private struct PunctualPlugin: Plugin {
    static let name: PluginName = "punctual"
    struct TooEarly: Error {}

    let contributions: Contributions
    let jobs: any JobAdministration

    init(configuration: NoConfiguration, host: PluginHost) throws {
        jobs = try host.contract((any JobAdministration).self)
        contributions = Contributions(jobs: [
            Job("chime", "Strikes the hour", schedule: .every(.seconds(3_600)), deadline: .seconds(5)) { run in
                if run.tick < host.clock.now { throw TooEarly() }
            }
        ])
    }
}

@Suite struct PluginJobTests {
    @Test("A plugin's test runs its job once, at a moment of its choice, and reads in the administration how it went")
    func runOnce() async throws {
        let manifest = """
            plugin: punctual
            module: KernelRuntimeTests
            contributes: { jobs: [chime] }
            """
        try await TestKernel.run(
            [PunctualPlugin.self], manifests: ManifestSet(documents: [(file: "punctual.yaml", yaml: manifest)])
        ) { kernel in
            let status = try await kernel.run(job: "punctual.chime")
            #expect(status.state == .succeeded)
            #expect(status.tick == kernel.clock.now)
            await #expect(throws: PunctualPlugin.TooEarly.self) {
                try await kernel.run(job: "punctual.chime", at: kernel.clock.now - 60)
            }
            await #expect(throws: TestKernel.NoSuchWorker.self) { try await kernel.run(job: "punctual.none") }
            let plugin = try #require(kernel.plugins.first?.plugin as? PunctualPlugin)
            let runs = try await plugin.jobs.runs(of: "punctual.chime", limit: 10)
            #expect(runs.map(\.state) == [.succeeded, .failed])
            #expect(try await plugin.jobs.jobs().map(\.job) == ["punctual.chime"])
        }
    }
}
