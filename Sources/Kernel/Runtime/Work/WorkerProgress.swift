import Synchronization

/// What a worker is doing at this moment, for those who watch it from outside.
final class WorkerProgress: Sendable {
    enum Activity: Sendable { case step, pause }

    /// What somebody who looks finds.
    enum Finding: Sendable, Equatable {
        case fine
        /// The step was beyond its deadline and has just been cancelled.
        case cancelled
        /// The step was cancelled and has not ended since.
        case unresponsive
    }

    private struct Current {
        let activity: Activity
        let began: ContinuousClock.Instant
        let cancel: @Sendable () -> Void
        var cancelledAt: ContinuousClock.Instant?
    }

    private struct State {
        var isFinishing = false
        var current: Current?
    }

    private let stepDeadline: Duration
    private let grace: Duration
    private let state = Mutex(State())

    init(stepDeadline: Duration, grace: Duration) {
        self.stepDeadline = stepDeadline
        self.grace = grace
    }

    var isFinishing: Bool { state.withLock { $0.isFinishing } }

    /// - Parameter cancel: ends the activity; called at most twice, under no lock.
    func begin(_ activity: Activity, at now: ContinuousClock.Instant, cancel: @escaping @Sendable () -> Void) {
        let isTooLate = state.withLock { state in
            state.current = Current(activity: activity, began: now, cancel: cancel)
            return state.isFinishing && activity == .pause
        }
        if isTooLate { cancel() }
    }

    /// - Returns: whether the activity was cancelled because of its deadline.
    func end() -> Bool {
        state.withLock { state in
            defer { state.current = nil }
            return state.current?.cancelledAt != nil
        }
    }

    /// No further step begins; a pause ends at once.
    func finish() {
        let pause = state.withLock { state in
            state.isFinishing = true
            return state.current.flatMap { $0.activity == .pause ? $0.cancel : nil }
        }
        pause?()
    }

    func watch(at now: ContinuousClock.Instant) -> Finding {
        let (finding, cancel) = state.withLock { state -> (Finding, (@Sendable () -> Void)?) in
            guard let current = state.current, current.activity == .step else { return (.fine, nil) }
            if let cancelledAt = current.cancelledAt { return (now - cancelledAt > grace ? .unresponsive : .fine, nil) }
            guard now - current.began > stepDeadline else { return (.fine, nil) }
            state.current?.cancelledAt = now
            return (.cancelled, current.cancel)
        }
        cancel?()
        return finding
    }
}
