import KernelAPI
import Logging
import Metrics
import ServiceLifecycle

/// Runs one worker: step, pause, step; a failed step is logged and repeated after a growing pause.
///
/// On graceful shutdown the current step is finished, pauses are cut short, and no further step begins.
struct WorkerRunner: Service {
    let worker: any Worker
    /// `killmails.ingest`
    let label: String
    let wake: WakeSignal
    let logger: Logger
    let clock: any Clock<Duration>

    /// After an error: a second, then twice as long each time, at most half a minute.
    static let firstPause = Duration.seconds(1)
    static let longestPause = Duration.seconds(30)

    func run() async throws {
        let steps = Timer(label: "worker_step_duration_seconds", dimensions: [("worker", label)])
        let failures = Counter(label: "worker_step_failures_total", dimensions: [("worker", label)])
        logger.debug("worker started", metadata: ["worker": "\(label)"])
        var pauseAfterError = Self.firstPause
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let started = ContinuousClock.now
            do {
                let next = try await worker.step()
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

    private func pause(_ next: NextStep) async {
        switch next {
        case .immediately: await Task.yield()
        case .after(let duration): await interruptible { try? await clock.sleep(for: duration) }
        case .whenWoken(let longest):
            await interruptible {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { try? await clock.sleep(for: longest) }
                    group.addTask { await wake.wait() }
                    await group.next()
                    group.cancelAll()
                }
            }
        }
    }

    /// Shutdown ends a pause, never a step.
    private func interruptible(_ wait: @Sendable @escaping () async -> Void) async {
        await cancelWhenGracefulShutdown { await wait() }
    }
}

extension Clock where Duration == Swift.Duration {
    fileprivate func sleep(for duration: Duration) async throws {
        try await sleep(until: now.advanced(by: duration), tolerance: nil)
    }
}
