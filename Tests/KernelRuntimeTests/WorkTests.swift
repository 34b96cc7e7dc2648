import KernelAPI
import KernelTesting
import Logging
import Synchronization
import Testing

@testable import KernelRuntime

@Suite struct WakeSignalTests {
    private final class Announced: Sendable { let count = Atomic(0) }

    @Test("A signal that nobody waits for is kept, once")
    func kept() async {
        let signal = WakeSignal()
        signal.signal()
        signal.signal()
        await signal.wait()
        // A second kept signal would end this wait before the cancellation does.
        let waiting = Task { await signal.wait() }
        waiting.cancel()
        await waiting.value
    }

    @Test("No wake-up is lost: who looks after each wake-up sees everything that was announced")
    func noneLost() async {
        let signal = WakeSignal()
        let announced = Announced()
        let rounds = 2_000
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while announced.count.load(ordering: .sequentiallyConsistent) < rounds { await signal.wait() }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<rounds / 4 {
                        announced.count.add(1, ordering: .sequentiallyConsistent)
                        signal.signal()
                        await Task.yield()
                    }
                }
            }
        }
        #expect(announced.count.load(ordering: .relaxed) == rounds)
    }

    @Test("Cancellation ends a wait, before it begins and while it lasts")
    func cancellation() async {
        for _ in 0..<500 {
            let signal = WakeSignal()
            let waiting = Task { await signal.wait() }
            if Bool.random() { await Task.yield() }
            waiting.cancel()
            await waiting.value
        }
    }
}

/// A worker whose steps a test writes.
private struct ScriptedWorker: Worker {
    let name = "scripted"
    let steps = Record<Int>()
    let script: @Sendable (Int) async throws -> NextStep

    func step() async throws -> NextStep {
        let number = steps.all.count
        steps.add(number)
        return try await script(number)
    }
}

@Suite struct WorkerRunnerTests {
    private struct Failure: Error {}

    /// Runs a worker until `body` returns, then lets it finish and waits for that.
    private func run(_ worker: ScriptedWorker, _ clock: TestClock, _ body: (WorkerRunner) async -> Void) async {
        let runner = WorkerRunner(
            worker: worker, label: "test.scripted", logger: silent, stepDeadline: .seconds(300), grace: .seconds(2), clock: clock)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await runner.run() }
            await body(runner)
            runner.finish()
        }
    }

    @Test("After errors the pause doubles up to half a minute, and a good step resets it")
    func backOff() async throws {
        let clock = TestClock()
        let worker = ScriptedWorker { number in
            if number == 7 { return .immediately }
            throw Failure()
        }
        await run(worker, clock) { _ in
            for seconds in [1, 2, 4, 8, 16, 30, 30, 1, 2] {
                let pause = await clock.pauses.next()
                #expect(pause == .seconds(seconds))
                clock.advance(by: pause ?? .zero)
            }
        }
    }

    @Test("A pause that was asked for is kept although pushes come; rest ends with a push")
    func pauses() async throws {
        let clock = TestClock()
        let worker = ScriptedWorker { $0 == 0 ? .after(.seconds(60)) : .whenWoken(atMost: .seconds(600)) }
        await run(worker, clock) { runner in
            #expect(await worker.steps.next() == 0)
            #expect(await clock.pauses.next() == .seconds(60))
            runner.wake.signal()
            #expect(worker.steps.all == [0])
            clock.advance(by: .seconds(60))
            // The push of before was kept: one step for it, one after the next push, one after the longest rest.
            #expect(await worker.steps.next() == 1)
            #expect(await worker.steps.next() == 2)
            _ = await clock.pauses.next()
            runner.wake.signal()
            #expect(await worker.steps.next() == 3)
        }
    }

    @Test("Rest ends by itself after the longest rest")
    func longestRest() async throws {
        let clock = TestClock()
        let worker = ScriptedWorker { _ in .whenWoken(atMost: .seconds(600)) }
        await run(worker, clock) { _ in
            #expect(await worker.steps.next() == 0)
            #expect(await clock.pauses.next() == .seconds(600))
            clock.advance(by: .seconds(600))
            #expect(await worker.steps.next() == 1)
        }
    }

    @Test("The end cuts a pause short and begins no further step")
    func endDuringPause() async throws {
        for next in [NextStep.after(.seconds(3_600)), .whenWoken(atMost: .seconds(3_600))] {
            let clock = TestClock()
            let worker = ScriptedWorker { _ in next }
            await run(worker, clock) { _ in _ = await clock.pauses.next() }
            #expect(worker.steps.all == [0])
        }
    }

    @Test("The end waits for the step under way, which is not cancelled, and begins no other")
    func endDuringStep() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let finished = Record<Bool>()
        let worker = ScriptedWorker { _ in
            for await _ in gate {}
            finished.add(Task.isCancelled)
            return .immediately
        }
        await run(worker, TestClock()) { runner in
            _ = await worker.steps.next()
            runner.finish()
            #expect(finished.all.isEmpty)
            open.finish()
            #expect(await finished.next() == false)
        }
        #expect(worker.steps.all == [0])
    }

    @Test("A step beyond its deadline is cancelled once, counted as a failure, and repeated")
    func overdue() async {
        let clock = TestClock()
        let recorder = LogRecorder()
        let worker = ScriptedWorker { number in
            if number == 0 {
                // Ends by cancellation only.
                for await _ in AsyncStream<Void>.makeStream().stream {}
                try Task.checkCancellation()
            }
            return .whenWoken(atMost: .seconds(600))
        }
        let runner = WorkerRunner(
            worker: worker, label: "test.scripted", logger: recorder.logger, stepDeadline: .seconds(300), grace: .seconds(2),
            clock: clock)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await runner.run() }
            #expect(await worker.steps.next() == 0)
            let began = ContinuousClock.now
            #expect(runner.watch(at: began) == .fine)
            #expect(runner.watch(at: began + .seconds(301)) == .cancelled)
            // The failed step is followed by the first pause.
            #expect(await clock.pauses.next() == .seconds(1))
            #expect(runner.watch(at: began + .seconds(700)) == .fine)
            clock.advance(by: .seconds(1))
            #expect(await worker.steps.next() == 1)
            runner.finish()
        }
        let failure = recorder.entries.first { $0.level == .error }
        #expect(failure?.metadata["error"]?.contains("took longer") == true)
    }

    @Test("A step that ignores its cancellation is told as such until it ends")
    func unresponsive() async {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let worker = ScriptedWorker { _ in
            // A task of its own does not hear of the cancellation.
            await Task { for await _ in gate {} }.value
            return .whenWoken(atMost: .seconds(600))
        }
        await run(worker, TestClock()) { runner in
            _ = await worker.steps.next()
            let began = ContinuousClock.now
            #expect(runner.watch(at: began + .seconds(301)) == .cancelled)
            #expect(runner.watch(at: began + .seconds(302)) == .fine)
            #expect(runner.watch(at: began + .seconds(304)) == .unresponsive)
            #expect(runner.watch(at: began + .seconds(900)) == .unresponsive)
            runner.finish()
            open.finish()
        }
        #expect(worker.steps.all == [0])
    }
}
