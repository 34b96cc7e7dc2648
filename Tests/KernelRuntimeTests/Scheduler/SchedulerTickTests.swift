import Foundation
import KernelAPI
import KernelTesting
import Logging
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(2))) struct SchedulerTickTests {
    @Test("Of three pods that look at the same time one takes the tick, tick after tick")
    func once() async throws {
        try await SchedulerBench.run { bench in
            let ran = Record<Date>()
            let job = testJob { ran.add($0.tick) }
            var pods: [Scheduler] = []
            for name in ["a", "b", "c"] { pods.append(try await bench.pod(name, serving: job)) }
            for number in 1...30 {
                bench.advance(60)
                let claims = await withTaskGroup(of: (Scheduler, [Claim]).self) { group in
                    for pod in pods { group.addTask { (pod, await pod.look().claimed) } }
                    return await group.reduce(into: [(Scheduler, Claim)]()) { found, one in found += one.1.map { (one.0, $0) } }
                }
                #expect(claims.count == 1)
                for (pod, claim) in claims { await pod.execute(claim) }
                #expect(ran.all.count == number)
            }
            let rows = try await bench.table.rows()
            #expect(rows.map(\.tick) == (1...30).map { ManualClock().now + Double($0) * 60 })
            #expect(rows.map(\.tick) == ran.all)
            #expect(rows.allSatisfy { $0.state == .succeeded && $0.attempt == 1 })
        }
    }

    @Test("Of the ticks that came while no pod ran only the latest is run, and none from before the job was known")
    func missed() async throws {
        try await SchedulerBench.run { bench in
            bench.advance(30)
            let pod = try await bench.pod(serving: testJob())
            #expect(await pod.look().claimed.isEmpty)
            bench.advance(600)
            let (claimed, _) = await pod.look()
            #expect(claimed.map(\.run.tick) == [ManualClock().now + 600])
            #expect(try await bench.table.rows().count == 1)
        }
    }

    @Test("A job with a new schedule has no ticks of it in the past")
    func newSchedule() async throws {
        try await SchedulerBench.run { bench in
            _ = try await bench.pod(serving: testJob(every: .seconds(3_600)))
            bench.advance(90)
            let pod = try await bench.pod(serving: testJob(every: .seconds(60)))
            #expect(await pod.look().claimed.isEmpty)
            // Described again without a change, what was missed counts.
            bench.advance(60)
            let successor = try await bench.pod(serving: testJob(every: .seconds(60)))
            #expect(await successor.look().claimed.count == 1)
        }
    }

    @Test("A pod rests until the next tick, or until a run is due")
    func rest() async throws {
        try await SchedulerBench.run { bench in
            let pod = bench.pod(fraction: 0.5)
            try await bench.serve([testJob(jitter: .seconds(20))], on: pod)
            bench.advance(15)
            #expect(await pod.look().rest == .seconds(45))
            bench.advance(45)
            let (claimed, rest) = await pod.look()
            #expect(claimed.isEmpty)
            #expect(rest == .seconds(10))
        }
    }

    @Test(
        "A run begins within the jitter after its tick, before the next tick, and from now on where the tick was missed",
        arguments: [(20.0, 60.0, 10.0), (500, 60, 15), (20, 600, 10), (20, 625, 35)])
    func jitter(jitter: Double, passed: Double, due: Double) async throws {
        try await SchedulerBench.run { bench in
            let pod = bench.pod(fraction: 0.5)
            try await bench.serve([testJob(jitter: .seconds(jitter))], on: pod)
            bench.advance(passed)
            let tick = ManualClock().now + (passed / 60).rounded(.down) * 60
            #expect(await pod.look().claimed.isEmpty)
            #expect(try await bench.table.rows().map { $0.dueAt.timeIntervalSince(tick) } == [due])
            // A moment before it is not taken, also by a pod that did not throw the dice.
            let other = try await bench.pod("b", serving: testJob())
            bench.wall.set(tick + due - 0.001)
            #expect(try await other.store.take("test.job") == nil)
            bench.wall.set(tick + due)
            #expect(try await other.store.take("test.job")?.tick == tick)
        }
    }

    @Test("A tick that comes while a run is under way is skipped, or waits for its end and gives way to a later one")
    func overlap() async throws {
        try await SchedulerBench.run { bench in
            let pod = try await bench.pod(
                serving: testJob("skip", overlap: .skip), testJob("wait", overlap: .wait))
            bench.advance(60)
            let first = await pod.look().claimed
            #expect(first.count == 2)
            for _ in 0..<2 {
                bench.advance(60)
                #expect(await pod.look().claimed.isEmpty)
            }
            #expect(
                try await bench.table.states()
                    == [.running, .skipped, .skipped, .running, .skipped, .requested])
            for claim in first { await pod.execute(claim) }
            let last = await pod.look().claimed
            #expect(last.map(\.registration.label) == ["test.wait"])
            #expect(last.map(\.run.tick) == [ManualClock().now + 180])
        }
    }

    @Test("No more runs at a time on one pod than it may have; others wait for their turn")
    func capacity() async throws {
        try await SchedulerBench.run { bench in
            let pod = bench.pod { $0.maximumRuns = 2 }
            try await bench.serve((1...5).map { testJob("job-\($0)") }, on: pod)
            bench.advance(60)
            var done: Set<String> = []
            for expected in [2, 2, 1, 0] {
                let claims = await pod.look().claimed
                #expect(claims.count == expected)
                for claim in claims {
                    done.insert(claim.registration.label)
                    await pod.execute(claim)
                }
            }
            #expect(done.count == 5)
        }
    }

    @Test("A clock that jumps a year ahead and back costs one run, not a year without any")
    func clockJump() async throws {
        try await SchedulerBench.run { bench in
            let pod = try await bench.pod(serving: testJob())
            func runs() async -> Int {
                let claims = await pod.look().claimed
                for claim in claims { await pod.execute(claim) }
                return claims.count
            }
            bench.advance(31_536_000)
            #expect(await runs() == 1)
            bench.advance(60 - 31_536_000)
            #expect(await runs() == 1)
            // A short way back: the ticks that were claimed come again, and are claimed.
            bench.advance(60)
            #expect(await runs() == 1)
            bench.advance(-120)
            #expect(await runs() == 0)
            bench.advance(120)
            #expect(await runs() == 0)
            bench.advance(60)
            #expect(await runs() == 1)
            #expect(
                try await bench.table.rows().map { $0.tick.timeIntervalSince(ManualClock().now) } == [60, 120, 180, 31_536_000])
        }
    }

    @Test("History keeps the newest runs and those of the last days, and of each job the very last one")
    func history() async throws {
        try await SchedulerBench.run { bench in
            let jobs = [testJob("busy"), testJob("rare", every: .seconds(86_400))]
            let pod = bench.pod {
                $0.keptRuns = 100
                $0.keptDays = 30
            }
            try await bench.serve(jobs, on: pod)
            try await bench.execute(
                """
                INSERT INTO kernel.job_run (id, job, tick, origin, attempt, state, repeats, due_at)
                SELECT gen_random_uuid(), 'test.busy', timestamptz '2026-01-15 12:00Z' - n * interval '1 minute', 'schedule', 1,
                    'succeeded', false, timestamptz '2026-01-15Z' FROM generate_series(0, 2499) n
                UNION ALL SELECT gen_random_uuid(), 'test.rare', timestamptz '2026-01-15 12:00Z' - n * interval '20 days',
                    'schedule', 1, 'succeeded', false, timestamptz '2026-01-15Z' FROM generate_series(2, 9) n;
                """)
            var looks = 0
            repeat { looks += 1 } while await pod.look().rest < .seconds(1) && looks < 10
            let rows = try await bench.table.rows()
            let busy = rows.filter { $0.job == "test.busy" }
            #expect(busy.count == 100)
            #expect(busy.first?.tick == ManualClock().now - 99 * 60)
            // Older than that, but the newest that there is.
            #expect(rows.filter { $0.job == "test.rare" }.map(\.tick) == [ManualClock().now - 40 * 86_400])
            // With nothing newer an old one stays.
            try await bench.execute("DELETE FROM kernel.job_run WHERE job = 'test.rare'")
            try await bench.execute(
                """
                INSERT INTO kernel.job_run (id, job, tick, origin, attempt, state, repeats, due_at) VALUES
                (gen_random_uuid(), 'test.rare', '2024-01-01', 'schedule', 1, 'succeeded', false, '2024-01-01'),
                (gen_random_uuid(), 'test.rare', '2023-01-01', 'schedule', 1, 'succeeded', false, '2023-01-01')
                """)
            #expect(try await pod.store.prune() == false)
            #expect(try await bench.table.rows().filter { $0.job == "test.rare" }.count == 1)
        }
    }

    @Test("A pod that lost its connections says so once, and goes on when they are back")
    func connectionLoss() async throws {
        try await SchedulerBench.run { bench in
            let recorder = LogRecorder()
            try await withDatabase(bench.url) { own in
                let pod = bench.pod("a", database: own, logger: recorder.logger)
                try await bench.serve([testJob()], on: pod)
                _ = await pod.look()
                try await PostgresFixture.shared.psql("ALTER DATABASE \(databaseName(bench.url)) ALLOW_CONNECTIONS false")
                try await PostgresFixture.shared.psql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(databaseName(bench.url))'")
                bench.advance(60)
                for _ in 0..<3 {
                    let (claimed, rest) = await pod.look()
                    #expect(claimed.isEmpty)
                    #expect(rest == .seconds(1))
                }
                try await PostgresFixture.shared.psql("ALTER DATABASE \(databaseName(bench.url)) ALLOW_CONNECTIONS true")
                #expect(await pod.look().claimed.count == 1)
                #expect(recorder.messages(.error) == ["the scheduler cannot use its table, it will try again"])
                #expect(recorder.messages(.info) == ["the scheduler has its table back"])
            }
        }
    }
}
