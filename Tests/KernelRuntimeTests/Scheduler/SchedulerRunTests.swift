import Foundation
import KernelAPI
import KernelPostgres
import KernelTesting
import ServiceLifecycle
import Testing

@testable import KernelRuntime

private struct Failure: Error, CustomStringConvertible {
    let description: String
}

@Suite(.timeLimit(.minutes(2))) struct SchedulerRunTests {
    /// A run of `test.job` that `pod` has taken.
    private func claim(_ bench: SchedulerBench, _ pod: Scheduler) async throws -> Claim {
        bench.advance(60)
        return try #require(await pod.look().claimed.first)
    }

    /// The pod of the run is gone, and another one has noticed.
    private func lose(_ run: Claim, _ bench: SchedulerBench, seenBy other: Scheduler) async throws {
        try await bench.execute("UPDATE kernel.job_run SET lease_until = '-infinity' WHERE id = '\(run.id)'")
        _ = await other.look()
    }

    private static let effects = Statement("test.count_effects", "SELECT count(*) FROM test.effect")
    private static let affect = Statement("test.insert_effect", "INSERT INTO test.effect VALUES ($1, $2, $3, $4)")

    // MARK: Ends

    @Test("A job that throws is recorded as failed with the beginning of what it said; the next tick is another try")
    func failure() async throws {
        try await SchedulerBench.run { bench in
            let pod = try await bench.pod(
                serving: testJob { _ in throw Failure(description: String(repeating: "no ", count: 1_000)) })
            await pod.execute(try await claim(bench, pod))
            let row = try #require(try await bench.table.rows().first)
            #expect(row.state == .failed)
            #expect(row.error == String(String(repeating: "no ", count: 1_000).prefix(500)))
            #expect(try await claim(bench, pod).run.attempt == 1)
        }
    }

    @Test("A run that takes longer than its deadline is cancelled and recorded as failed", arguments: [true, false])
    func deadline(throwing: Bool) async throws {
        try await SchedulerBench.run { bench in
            let pod = bench.pod { $0.lease = .seconds(86_400) }
            let job = testJob(deadline: .seconds(77)) { _ in
                do { try await foreverUnlessCancelled() } catch  where !throwing {}
            }
            try await bench.serve([job], on: pod)
            try await bench.running(pod) {
                bench.advance(60, pod)
                await bench.pass(.seconds(77))
                let rows = try await bench.table.wait { $0.first?.state == .failed }
                #expect(rows[0].error == "it took longer than its deadline of 77.0 s")
            }
        }
    }

    @Test("A run that does not end after its deadline is recorded as failed all the same, and its job is run again")
    func deadlineIgnored() async throws {
        try await SchedulerBench.run { bench in
            let door = Door()
            let pod = bench.pod { $0.lease = .seconds(86_400) }
            let job = testJob(deadline: .seconds(77)) { _ in await door.pass() }
            try await bench.serve([job], on: pod)
            try await bench.running(pod) {
                bench.advance(60, pod)
                await bench.pass(.seconds(77))
                await bench.pass(pod.settings.stopPatience)
                let rows = try await bench.table.wait { $0.first?.state == .failed }
                #expect(rows[0].error == "it did not end after it was cancelled at its deadline")
                bench.advance(60, pod)
                try await bench.table.wait { $0.map(\.state) == [.failed, .running] }
                door.open()
                try await bench.table.wait { $0.map(\.state) == [.failed, .succeeded] }
            }
        }
    }

    // MARK: Completing

    @Test("What a job does in the transaction that completes its run is there when the run has succeeded")
    func complete() async throws {
        try await SchedulerBench.run { bench in
            let database = bench.database
            let job = testJob { run in
                try await database.transaction("test.effect") { transaction in
                    try await transaction.query(Self.affect, "test.job", run.tick, run.attempt, "a")
                    try await run.complete(in: transaction)
                }
                throw Failure(description: "after the work was done")
            }
            let pod = try await bench.pod(serving: job)
            await pod.execute(try await claim(bench, pod))
            #expect(try await bench.table.states() == [.succeeded])
            #expect(try await bench.count(Self.effects) == 1)
        }
    }

    @Test("A run that was declared lost cannot commit, not even by ignoring what it is told", arguments: [true, false])
    func fence(swallowing: Bool) async throws {
        try await SchedulerBench.run { bench in
            let pod = try await bench.pod(serving: testJob(repeatsWhenLost: true))
            let other = try await bench.pod("b", serving: testJob(repeatsWhenLost: true))
            let run = try await claim(bench, pod)
            try await lose(run, bench, seenBy: other)
            let told = Record<Bool>()
            await #expect(throws: (any Error).self) {
                try await bench.database.transaction("test.effect") { transaction in
                    try await transaction.query(Self.affect, "test.job", run.run.tick, 1, "a")
                    do {
                        try await pod.store.complete(run.id, in: transaction)
                    } catch {
                        told.add(error is JobRunLost)
                        if !swallowing { throw error }
                    }
                }
            }
            #expect(told.all == [true])
            #expect(try await bench.count(Self.effects) == 0)
            // Neither can it end in another way: the repetition counts.
            await pod.execute(run)
            #expect(try await bench.table.states().first == .lost)
        }
    }

    @Test("A run that is being completed is not declared lost")
    func completing() async throws {
        try await SchedulerBench.run { bench in
            let pod = try await bench.pod(serving: testJob(repeatsWhenLost: true))
            let other = try await bench.pod("b", serving: testJob(repeatsWhenLost: true))
            let run = try await claim(bench, pod)
            try await bench.execute("UPDATE kernel.job_run SET lease_until = '-infinity'")
            try await bench.database.transaction("test.complete") { transaction in
                try await pod.store.complete(run.id, in: transaction)
                #expect(await other.look().claimed.isEmpty)
                // Renewing does not wait for it either.
                #expect(try await pod.store.renew([run.id]).isEmpty)
            }
            #expect(await other.look().claimed.isEmpty)
            #expect(try await bench.table.states() == [.succeeded])
        }
    }

    @Test("A pod that stops between completing and its commit is cut off by the server, and the run is repeated")
    func stoppedBeforeCommit() async throws {
        try await SchedulerBench.run { bench in
            let pod = bench.pod { $0.lease = .milliseconds(200) }
            try await bench.serve([testJob(repeatsWhenLost: true)], on: pod)
            let run = try await claim(bench, pod)
            await #expect(throws: DatabaseError.self) {
                try await bench.database.transaction("test.complete") { transaction in
                    try await pod.store.complete(run.id, in: transaction)
                    // Waits until the row is free again.
                    let state = try await bench.database.query(Self.lockRun, run.id).scalar(String.self)
                    #expect(state == "running")
                }
            }
            try await bench.execute("UPDATE kernel.job_run SET lease_until = '-infinity'")
            #expect(await pod.look().claimed.map(\.run.attempt) == [2])
        }
    }

    private static let lockRun = Statement(
        "test.lock_run", "SELECT state FROM kernel.job_run WHERE id = $1 FOR UPDATE")

    // MARK: Lost runs

    @Test("A lost run is repeated if the job says so, five times at most", arguments: [true, false])
    func lost(repeats: Bool) async throws {
        try await SchedulerBench.run { bench in
            let pod = try await bench.pod(serving: testJob(overlap: .wait, repeatsWhenLost: repeats))
            let other = try await bench.pod("b", serving: testJob(overlap: .wait, repeatsWhenLost: repeats))
            var attempts: [Int] = []
            var run: Claim? = try await claim(bench, pod)
            while let lost = run {
                attempts.append(lost.run.attempt)
                #expect(lost.run.tick == ManualClock().now + 60)
                try await bench.execute("UPDATE kernel.job_run SET lease_until = '-infinity' WHERE state = 'running'")
                run = await other.look().claimed.first
            }
            #expect(attempts == (repeats ? [1, 2, 3, 4, 5] : [1]))
            #expect(try await bench.table.states() == attempts.map { _ in .lost })
        }
    }

    @Test("A repetition comes before the ticks that came meanwhile, and does not give way to them")
    func repetition() async throws {
        try await SchedulerBench.run { bench in
            let jobs = [
                testJob("skip", overlap: .skip, repeatsWhenLost: true), testJob("wait", overlap: .wait, repeatsWhenLost: true),
            ]
            let (pod, other) = (bench.pod(), bench.pod("b"))
            for each in [pod, other] { try await bench.serve(jobs, on: each) }
            bench.advance(60)
            #expect(await pod.look().claimed.count == 2)
            bench.advance(60)
            #expect(await other.look().claimed.isEmpty)
            bench.advance(20)
            try await bench.execute("UPDATE kernel.job_run SET lease_until = '-infinity' WHERE state = 'running'")
            let repeated = await other.look().claimed
            #expect(repeated.map(\.run.attempt) == [2, 2])
            for claim in repeated { await other.execute(claim) }
            let next = await other.look().claimed
            #expect(next.map(\.registration.label) == ["test.wait"])
            #expect(next.map(\.run.tick) == [ManualClock().now + 120])
            #expect(
                try await bench.table.states() == [.lost, .succeeded, .skipped, .lost, .succeeded, .running])
        }
    }

    @Test("A run whose lease is renewed is not lost, and one that is lost is cancelled where it runs")
    func renewal() async throws {
        try await SchedulerBench.run { bench in
            let (begun, cancelled) = (Record<Int>(), Record<Int>())
            let pod = try await bench.pod(
                serving: testJob { run in
                    begun.add(run.attempt)
                    do { try await foreverUnlessCancelled() } catch {
                        cancelled.add(run.attempt)
                        throw error
                    }
                })
            let other = try await bench.pod("b", serving: testJob())
            try await bench.running(pod) {
                bench.advance(60, pod)
                let run = try #require(try await bench.table.wait { $0.first?.state == .running }.first)
                // The table has it a moment before the pod counts it among what it runs.
                #expect(await begun.next() == 1)
                let lease = try await bench.database.query(Self.lease).scalar(Date.self)
                await bench.pass(pod.settings.lease / 6)
                // The renewal is not announced: ask until it is there.
                try await until { try await bench.database.query(Self.lease).scalar(Date.self) != lease }
                try await bench.execute("UPDATE kernel.job_run SET lease_until = '-infinity'")
                _ = await other.look()
                await bench.pass(pod.settings.lease / 6)
                #expect(await cancelled.next() == 1)
                let rows = try await bench.table.wait { $0.first?.state == .lost }
                #expect(rows.map(\.id) == [run.id])
            }
        }
    }

    private static let lease = Statement("test.select_lease", "SELECT lease_until FROM kernel.job_run")

    @Test("A pod that cannot renew its leases for as long as they last cancels its runs: another pod may have them")
    func unreachable() async throws {
        try await SchedulerBench.run { bench in
            let cancelled = Record<Int>()
            try await withDatabase(bench.url) { own in
                let pod = bench.pod("a", database: own)
                let job = testJob { run in
                    do { try await foreverUnlessCancelled() } catch {
                        cancelled.add(run.attempt)
                        throw error
                    }
                }
                try await bench.serve([job], on: pod)
                try await bench.running(pod) {
                    bench.advance(60, pod)
                    try await bench.table.wait { $0.first?.state == .running }
                    await own.close()
                    for _ in 0..<6 {
                        #expect(cancelled.all.isEmpty)
                        await bench.pass(pod.settings.lease / 6)
                    }
                    #expect(await cancelled.next() == 1)
                }
            }
        }
    }

    // MARK: Stopping

    @Test("A plugin that is switched off may end its runs; those that do not are cancelled and repeated by another pod")
    func removal() async throws {
        for endsByItself in [true, false] {
            try await SchedulerBench.run { bench in
                let (door, begun) = (Door(), Record<Int>())
                let job = testJob(repeatsWhenLost: true) { run in
                    begun.add(run.attempt)
                    if endsByItself { await door.pass() } else { try await foreverUnlessCancelled() }
                }
                let pod = bench.pod { $0.lease = .seconds(86_400) }
                try await bench.serve([job], on: pod)
                try await bench.serve([testJob()], of: "other", on: pod)
                try await bench.running(pod) {
                    bench.advance(60, pod)
                    // Under way, and not only claimed: what has not begun is put back at once.
                    #expect(await begun.next() == 1)
                    async let removed: Void = pod.remove(plugin: "test")
                    if endsByItself { door.open() } else { await bench.pass(pod.settings.stopPatience) }
                    await removed
                    let other = try await bench.pod("b", serving: job)
                    let claims = await other.look().claimed
                    #expect(claims.map(\.run.attempt) == (endsByItself ? [] : [2]))
                    // Nothing of it is taken here any more; other plugins' jobs are.
                    bench.advance(60, pod)
                    try await bench.table.wait { $0.filter { $0.job == "other.job" && $0.state == .succeeded }.count == 2 }
                    #expect(try await bench.table.rows().filter { $0.job == "test.job" && $0.pod == "a" }.count == 1)
                }
            }
        }
    }

    @Test("A run that was taken for a plugin that is switched off meanwhile goes back, and another pod has it")
    func putBack() async throws {
        try await SchedulerBench.run { bench in
            let pod = try await bench.pod(serving: testJob())
            let other = try await bench.pod("b", serving: testJob())
            let run = try await claim(bench, pod)
            try await pod.store.putBack(run.id)
            let again = await other.look().claimed
            #expect(again.map(\.id) == [run.id])
            #expect(again.map(\.run.attempt) == [1])
            // Who does not hold it cannot give it away.
            try await pod.store.putBack(run.id)
            try await pod.store.release(run.id)
            #expect(await pod.look().claimed.isEmpty)
            #expect(try await bench.table.states() == [.running])
        }
    }

    @Test("On shutdown runs may end, nothing else begins, and what does not end is handed over")
    func shutdown() async throws {
        for endsByItself in [true, false] {
            try await SchedulerBench.run { bench in
                let door = Door()
                let pod = bench.pod { $0.lease = .seconds(86_400) }
                let job = testJob(repeatsWhenLost: true) { _ in
                    if endsByItself { await door.pass() } else { try await foreverUnlessCancelled() }
                }
                try await bench.serve([job, testJob("second")], on: pod)
                let group = ServiceGroup(services: [pod], logger: silent)
                async let stopped: Void = group.run()
                bench.advance(60, pod)
                try await bench.table.wait { $0.map(\.state) == [.running, .succeeded] }
                await group.triggerGracefulShutdown()
                await bench.pausing(pod.settings.stopPatience)
                bench.advance(60, pod)
                if endsByItself { door.open() } else { bench.clock.advance(by: pod.settings.stopPatience) }
                try await stopped
                let other = try await bench.pod("b", serving: job)
                let attempts = await other.look().claimed.filter { $0.run.tick == ManualClock().now + 60 }.map(\.run.attempt)
                #expect(attempts == (endsByItself ? [] : [2]))
                #expect(try await bench.table.rows().filter { $0.job == "test.second" }.count == 1)
            }
        }
    }
}
