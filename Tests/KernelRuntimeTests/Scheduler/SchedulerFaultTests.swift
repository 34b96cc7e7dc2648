import Foundation
import Glibc
import KernelAPI
import KernelPostgres
import KernelTesting
import Synchronization
import Testing

@testable import KernelRuntime

/// Real processes, killed and frozen. Everything that is asserted must hold however the processes are scheduled.
@Suite(.serialized, .timeLimit(.minutes(15))) struct SchedulerFaultTests {
    private static let jobs = ["test.once", "test.repeated", "test.skipping"]
    private static let lease = 1.5

    // MARK: Orders

    private func prepare(_ bench: SchedulerBench) async throws {
        try await bench.execute(
            """
            CREATE TABLE test.time (now timestamptz NOT NULL);
            CREATE TABLE test.hold (pod text NOT NULL, stage text NOT NULL);
            """)
        try await bench.database.query(Self.insertTime, bench.wall.now)
        // Known before the first pod comes, so that the first tick is everybody's.
        try await bench.pod().store.describe(
            Self.jobs.map { name in
                let job = testJob(
                    String(name.dropFirst(5)), overlap: name == "test.skipping" ? .skip : .wait,
                    repeatsWhenLost: name != "test.once")
                return JobRegistration(plugin: "test", job: job, logger: silent)
            })
    }

    private func advance(_ bench: SchedulerBench) async throws {
        bench.advance(60)
        _ = try await bench.database.pipeline([BoundStatement(Self.setTime, bench.wall.now), BoundStatement(Self.notify)])
    }

    private func hold(_ pod: String, at stage: String, _ bench: SchedulerBench) async throws {
        _ = try await bench.database.pipeline([BoundStatement(Self.insertHold, pod, stage), BoundStatement(Self.notify)])
    }

    private func letGo(_ pod: String, _ bench: SchedulerBench) async throws {
        _ = try await bench.database.pipeline([BoundStatement(Self.deleteHolds, pod), BoundStatement(Self.notify)])
    }

    private static let insertTime = Statement("test.insert_time", "INSERT INTO test.time VALUES ($1)")
    private static let setTime = Statement("test.set_time", "UPDATE test.time SET now = $1")
    private static let insertHold = Statement("test.insert_hold", "INSERT INTO test.hold VALUES ($1, $2)")
    private static let deleteHolds = Statement("test.delete_holds", "DELETE FROM test.hold WHERE pod = $1")
    private static let notify = Statement("test.notify_orders", "SELECT pg_notify('test_orders', '')")
    private static let effects = Statement("test.list_effects", "SELECT job, tick, attempt FROM test.effect")

    /// What must be true of every history: effects are those of the runs that succeeded, lost runs were repeated where
    /// their job says so, and nothing else was.
    private func check(_ rows: [JobTable.Row], _ bench: SchedulerBench) async throws {
        struct Attempt: Hashable {
            let job: String
            let tick: Date
            let attempt: Int
        }
        let effects = try await bench.database.query(Self.effects).map { row in
            var columns = row.columns
            return Attempt(job: try columns.next(), tick: try columns.next(), attempt: try columns.next())
        }
        let succeeded = rows.filter { $0.state == .succeeded }.map { Attempt(job: $0.job, tick: $0.tick, attempt: $0.attempt) }
        #expect(Set(effects).count == effects.count, "an effect is there twice")
        #expect(Set(effects) == Set(succeeded))
        for (_, runs) in Dictionary(grouping: rows, by: { [$0.job, $0.tick.iso8601] }) {
            let ordered = runs.sorted { $0.attempt < $1.attempt }
            #expect(ordered.map(\.attempt) == Array(1...ordered.count))
            let repeats = ordered[0].job != "test.once"
            for run in ordered.dropLast() { #expect(run.state == .lost && repeats, "\(run) was repeated") }
            let last = ordered[ordered.count - 1]
            #expect(last.state != .lost || !repeats || last.attempt == 5, "\(last) was not repeated")
            #expect(last.state != .failed, "\(last)")
        }
    }

    // MARK: Killing

    /// Who lives, and who is to die when it says what.
    private final class Cluster: Sendable {
        private struct State {
            var pods: [String: PodProcess] = [:]
            var started = 0
            /// By job and tick: the stage at which whoever runs it is killed.
            var doomed: [String: String] = [:]
            var lines: [PodLine] = []
            var kills = 0
        }

        private let state = Mutex(State())
        private let url: String
        let failures = Record<String>()

        init(url: String) { self.url = url }

        var lines: [PodLine] { state.withLock { $0.lines } }
        var kills: Int { state.withLock { $0.kills } }

        func doom(_ job: String, _ tick: Int, at stage: String) { state.withLock { $0.doomed["\(job) \(tick)"] = stage } }

        func start() {
            let name = state.withLock { state in
                state.started += 1
                return "pod-\(state.started)"
            }
            do {
                let pod = try PodProcess(name, url: url, lease: SchedulerFaultTests.lease) { [self] in hear($0, $1) }
                state.withLock { $0.pods[name] = pod }
            } catch {
                failures.add("\(error)")
            }
        }

        /// On the pod's thread: it dies as soon as it has said so, whatever it does by then.
        private func hear(_ line: PodLine, _ pod: PodProcess) {
            let dies = state.withLock { state in
                state.lines.append(line)
                let dies = state.doomed["\(line.job) \(line.tick)"] == line.stage && line.attempt == 1
                if dies { state.kills += 1 }
                return dies
            }
            guard dies else { return }
            pod.end()
            state.withLock { _ = $0.pods.removeValue(forKey: pod.name) }
            start()
        }

        func end() {
            for pod in state.withLock({ Array($0.pods.values) }) { pod.end() }
        }
    }

    @Test("Three pods, 200 ticks, pods killed at random: each tick is claimed once and its effect is there once")
    func kills() async throws {
        try await SchedulerBench.run { bench in
            try await prepare(bench)
            let cluster = Cluster(url: bench.url)
            defer { cluster.end() }
            for _ in 0..<3 { cluster.start() }
            var dice = SeededGenerator(seed: 1)
            let stages = ["began", "wrote", "completed", "committed"]
            for number in 1...200 {
                let tick = Int(bench.wall.now.timeIntervalSince1970) + 60
                if Int.random(in: 0..<8, using: &dice) == 0 {
                    cluster.doom(
                        ["repeated", "once", "skipping"].randomElement(using: &dice) ?? "", tick,
                        at: stages.randomElement(using: &dice) ?? "")
                }
                // Mostly a tick comes when the one before is done with, and sometimes in the middle of it.
                let isCalm = Int.random(in: 0..<4, using: &dice) > 0 || number == 200
                try await advance(bench)
                try await bench.table.wait { rows in
                    #expect(cluster.failures.all.isEmpty)
                    return rows.filter { $0.attempt == 1 }.count == number * Self.jobs.count
                        && !(isCalm && rows.contains { $0.isOpen })
                }
            }
            let rows = try await bench.table.rows()
            try await check(rows, bench)
            // Every tick of every job once, and each attempt begun by one pod at most.
            let begun = cluster.lines.filter { $0.stage == "began" }.map { [$0.job, "\($0.tick)", "\($0.attempt)"] }
            #expect(Set(begun).count == begun.count)
            let ticks = Dictionary(grouping: rows.filter { $0.attempt == 1 }, by: \.job).mapValues { $0.map(\.tick) }
            for job in Self.jobs { #expect(ticks[job] == (1...200).map { ManualClock().now + Double($0) * 60 }) }
            // The faults happened, and were mended.
            #expect(cluster.kills >= 10)
            #expect(rows.contains { $0.state == .lost && $0.job == "test.once" })
            #expect(rows.contains { $0.state == .succeeded && $0.attempt > 1 })
        }
    }

    // MARK: Freezing

    @Test(
        "A pod that freezes in the middle of a run and wakes after another has repeated it changes nothing more",
        arguments: ["wrote", "completed"])
    func freeze(stage: String) async throws {
        try await SchedulerBench.run { bench in
            try await prepare(bench)
            let heard = Record<PodLine>()
            let frozen = try PodProcess("frozen", url: bench.url, lease: Self.lease) { line, _ in heard.add(line) }
            defer { frozen.end() }
            try await hold("frozen", at: stage, bench)
            try await advance(bench)
            // All three of its jobs stand there.
            var waiting = 0
            while waiting < 3, let line = await heard.next() { waiting += line.stage == stage ? 1 : 0 }
            frozen.signal(SIGSTOP)
            let other = try PodProcess("other", url: bench.url, lease: Self.lease) { _, _ in }
            defer { other.end() }
            let rows = try await bench.table.wait { rows in !rows.contains(where: \.isOpen) && rows.count == 5 }
            #expect(rows.map(\.state) == [.lost, .lost, .succeeded, .lost, .succeeded])
            #expect(rows.map(\.pod) == ["frozen", "frozen", "other", "frozen", "other"])
            try await letGo("frozen", bench)
            frozen.signal(SIGCONT)
            var ends: [String] = []
            while ends.count < 3, let line = await heard.next() {
                if ["lost", "failed", "committed"].contains(line.stage) { ends.append(line.stage) }
            }
            // Told that it lost the run, cancelled for that, or without the transaction that the server has ended.
            #expect(!ends.contains("committed"))
            try await check(try await bench.table.rows(), bench)
            // It is a pod like any other again.
            other.end()
            try await advance(bench)
            let after = try await bench.table.wait { rows in !rows.contains(where: \.isOpen) && rows.count == 8 }
            #expect(after.filter { $0.tick == bench.wall.now }.map(\.pod) == ["frozen", "frozen", "frozen"])
            try await check(after, bench)
        }
    }
}
