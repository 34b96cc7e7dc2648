import KernelAPI
import Logging
import Metrics

/// Runs one worker of one life of its plugin: step, pause, step; a failed step is logged and repeated after a growing pause.
///
/// ``finish()`` lets the step under way end, cuts a pause short, and no further step begins. A step that takes longer than its
/// deadline is cancelled by whoever calls ``watch(at:)``; the runner itself cannot tell, for it waits for the step.
final class WorkerRunner: Sendable {
    let worker: any Worker
    /// `killmails.ingest`
    let label: String
    let wake = WakeSignal()
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let stepDeadline: Duration
    private let progress: WorkerProgress

    /// After an error: a second, then twice as long each time, at most half a minute.
    static let firstPause = Duration.seconds(1)
    static let longestPause = Duration.seconds(30)

    /// - Parameters:
    ///   - stepDeadline: a longer step is cancelled.
    ///   - grace: how long a cancelled step may take to end before the worker counts as not responding.
    init(
        worker: any Worker, label: String, logger: Logger, stepDeadline: Duration, grace: Duration,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.worker = worker
        self.label = label
        self.logger = logger
        self.clock = clock
        self.stepDeadline = stepDeadline
        progress = WorkerProgress(stepDeadline: stepDeadline, grace: grace)
    }

    /// Returns after ``finish()`` or when cancelled, once the step under way has ended.
    func run() async {
        let steps = Timer(label: "worker_step_duration_seconds", dimensions: [("worker", label)])
        let failures = Counter(label: "worker_step_failures_total", dimensions: [("worker", label)])
        logger.debug("worker started", metadata: ["worker": "\(label)"])
        var pauseAfterError = Self.firstPause
        while !progress.isFinishing, !Task.isCancelled {
            let started = ContinuousClock.now
            do {
                let next = try await step()
                steps.record(duration: ContinuousClock.now - started)
                pauseAfterError = Self.firstPause
                await pause(next)
            } catch is CancellationError where Task.isCancelled {
                break
            } catch {
                failures.increment()
                logger.error(
                    "worker step failed, it will be repeated",
                    metadata: [
                        "worker": "\(label)", "error": "\(error)", "pauseSeconds": "\(pauseAfterError.components.seconds)",
                    ])
                await pause(.after(pauseAfterError))
                pauseAfterError = min(pauseAfterError * 2, Self.longestPause)
            }
        }
        logger.debug("worker stopped", metadata: ["worker": "\(label)"])
    }

    /// Begins no further step.
    func finish() { progress.finish() }

    /// Looks at the step under way, and cancels it when it is beyond its deadline.
    func watch(at now: ContinuousClock.Instant) -> WorkerProgress.Finding { progress.watch(at: now) }

    /// One step in a task of its own, so that it can be cancelled without the runner.
    private func step() async throws -> NextStep {
        let step = Task { [worker] in try await worker.step() }
        progress.begin(.step, at: .now) { step.cancel() }
        let result = await withTaskCancellationHandler {
            await step.result
        } onCancel: {
            step.cancel()
        }
        let wasOverdue = progress.end()
        if wasOverdue, case .failure = result { throw StepOverdue(deadline: stepDeadline) }
        return try result.get()
    }

    private func pause(_ next: NextStep) async {
        switch next {
        case .immediately: await Task.yield()
        case .after(let duration): await interruptible { [clock] in try? await clock.sleep(for: duration, tolerance: nil) }
        case .whenWoken(let longest):
            await interruptible { [clock, wake] in await wake.wait(atMost: longest, clock: clock) }
        }
    }

    /// ``finish()`` ends a pause, never a step.
    private func interruptible(_ wait: @Sendable @escaping () async -> Void) async {
        let pause = Task { await wait() }
        progress.begin(.pause, at: .now) { pause.cancel() }
        await withTaskCancellationHandler {
            await pause.value
        } onCancel: {
            pause.cancel()
        }
        _ = progress.end()
    }
}

/// A step was cancelled because it took too long.
struct StepOverdue: Error, CustomStringConvertible {
    let deadline: Duration
    var description: String { "the step took longer than \(deadline) and was cancelled" }
}
