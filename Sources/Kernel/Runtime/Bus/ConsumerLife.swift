import KernelAPI
import Logging
import Metrics
import Synchronization

/// A consumer at work on this pod: step after step while there are events, and a rest until there are.
final class ConsumerLife: Sendable {
    private struct State {
        var isFinishing = false
        var step: Task<Consumption.Outcome, any Error>?
    }

    private static let rest = Duration.seconds(1)
    private static let firstPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(30)

    let ended = OneShot<Void>()
    private let consumption: Consumption
    private let hub: EventHub
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let wake = WakeSignal()
    private let state = Mutex(State())

    init(_ consumption: Consumption, hub: EventHub, clock: any Clock<Duration> = ContinuousClock()) {
        self.consumption = consumption
        self.hub = hub
        logger = consumption.logger
        self.clock = clock
    }

    /// Begins no further step.
    func finish() {
        state.withLock { $0.isFinishing = true }
        wake.signal()
    }

    /// Cuts the step under way short; its transaction is rolled back.
    func cancel() {
        finish()
        state.withLock { $0.step }?.cancel()
    }

    func run() async {
        let attachment = hub.attach(wake)
        var pause = Self.firstPause
        while !state.withLock({ $0.isFinishing }), !Task.isCancelled {
            do {
                let outcome = try await step()
                pause = Self.firstPause
                if outcome != .consumed { await wake.wait(atMost: Self.rest, clock: clock) }
            } catch {
                if Task.isCancelled || state.withLock({ $0.isFinishing }) { break }
                Counter(label: "bus_consumer_failures_total", dimensions: [("consumer", consumption.label)]).increment()
                logger.error(
                    "consumer failed, the same events come again",
                    metadata: ["consumer": "\(consumption.label)", "error": "\(error)"])
                await wake.wait(atMost: pause, clock: clock)
                pause = min(pause * 2, Self.longestPause)
            }
        }
        hub.detach(attachment)
        ended.fulfil(())
    }

    /// In a task of its own, so that it can be cancelled without the life.
    private func step() async throws -> Consumption.Outcome {
        let step = Task { [consumption] in try await consumption.step() }
        state.withLock { $0.step = step }
        defer { state.withLock { $0.step = nil } }
        return try await withTaskCancellationHandler {
            try await step.value
        } onCancel: {
            step.cancel()
        }
    }
}
