import KernelAPI
import Logging
import ServiceLifecycle
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

    /// Runs a worker in a service group of its own until `body` returns, then shuts it down gracefully and waits.
    private func run(
        _ worker: ScriptedWorker, _ clock: TestClock, wake: WakeSignal = WakeSignal(),
        _ body: (ServiceGroup) async -> Void
    ) async throws {
        let runner = WorkerRunner(worker: worker, label: "test.scripted", wake: wake, logger: silent, clock: clock)
        let group = ServiceGroup(services: [runner], logger: silent)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await body(group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("After errors the pause doubles up to half a minute, and a good step resets it")
    func backOff() async throws {
        let clock = TestClock()
        let worker = ScriptedWorker { number in
            if number == 7 { return .immediately }
            throw Failure()
        }
        try await run(worker, clock) { _ in
            for seconds in [1, 2, 4, 8, 16, 30, 30, 1, 2] {
                let pause = await clock.pauses.next()
                #expect(pause == .seconds(seconds))
                clock.advance(by: pause ?? .zero)
            }
        }
    }

    @Test("A pause that was asked for is kept although pushes come; rest ends with a push")
    func pauses() async throws {
        let (clock, wake) = (TestClock(), WakeSignal())
        let worker = ScriptedWorker { $0 == 0 ? .after(.seconds(60)) : .whenWoken(atMost: .seconds(600)) }
        try await run(worker, clock, wake: wake) { _ in
            #expect(await worker.steps.next() == 0)
            #expect(await clock.pauses.next() == .seconds(60))
            wake.signal()
            #expect(worker.steps.all == [0])
            clock.advance(by: .seconds(60))
            // The push of before was kept: one step for it, one after the next push, one after the longest rest.
            #expect(await worker.steps.next() == 1)
            #expect(await worker.steps.next() == 2)
            _ = await clock.pauses.next()
            wake.signal()
            #expect(await worker.steps.next() == 3)
        }
    }

    @Test("Rest ends by itself after the longest rest")
    func longestRest() async throws {
        let clock = TestClock()
        let worker = ScriptedWorker { _ in .whenWoken(atMost: .seconds(600)) }
        try await run(worker, clock) { _ in
            #expect(await worker.steps.next() == 0)
            #expect(await clock.pauses.next() == .seconds(600))
            clock.advance(by: .seconds(600))
            #expect(await worker.steps.next() == 1)
        }
    }

    @Test("Shutdown cuts a pause short and begins no further step")
    func shutdownDuringPause() async throws {
        for next in [NextStep.after(.seconds(3_600)), .whenWoken(atMost: .seconds(3_600))] {
            let clock = TestClock()
            let worker = ScriptedWorker { _ in next }
            try await run(worker, clock) { _ in _ = await clock.pauses.next() }
            #expect(worker.steps.all == [0])
        }
    }

    @Test("Shutdown waits for the step under way, which is not cancelled, and begins no other")
    func shutdownDuringStep() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let finished = Record<Bool>()
        let worker = ScriptedWorker { _ in
            for await _ in gate {}
            finished.add(Task.isCancelled)
            return .immediately
        }
        try await run(worker, TestClock()) { group in
            _ = await worker.steps.next()
            await group.triggerGracefulShutdown()
            #expect(finished.all.isEmpty)
            open.finish()
            // The step may see the shutdown; never a cancellation.
            #expect(await finished.next() == false)
        }
        #expect(worker.steps.all.count <= 2)
    }
}
