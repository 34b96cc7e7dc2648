/// One call into a plugin's code: `start()`, `stop()`, a worker's loop.
///
/// It runs in a task of its own and not below whoever waits for it, for no more than this: a call that never returns would take
/// its parent along. So it can be given up, and goes on being known.
final class PluginCall<Value: Sendable>: Sendable {
    enum Outcome {
        case ended(Result<Value, any Error>)
        /// It was cancelled, after its time or before, and ended within the grace.
        case cutShort(Result<Value, any Error>)
        /// It was cancelled and goes on all the same.
        case stuck
    }

    private let ending: OneShot<Result<Value, any Error>>
    private let cancellation = OneShot<Void>()
    private let task: Task<Void, Never>
    private let clock: any Clock<Duration>

    /// Calls at once.
    init(clock: any Clock<Duration> = ContinuousClock(), _ body: @escaping @Sendable () async throws -> Value) {
        let ending = OneShot<Result<Value, any Error>>()
        self.ending = ending
        self.clock = clock
        task = Task {
            do { ending.fulfil(.success(try await body())) } catch { ending.fulfil(.failure(error)) }
        }
    }

    /// Asks the call to end; whoever waits for its outcome gives it no more than the grace from now on.
    func cancel() {
        task.cancel()
        cancellation.fulfil(())
    }

    /// Waits for at most `deadline`, then cancels it and waits for at most `grace`.
    func outcome(within deadline: Duration, grace: Duration) async -> Outcome {
        if let result = await wait(deadline, orFor: cancellation) { return .ended(result) }
        cancel()
        if let result = await wait(grace, orFor: nil) { return .cutShort(result) }
        return .stuck
    }

    /// Waits for however long it takes.
    ///
    /// - Returns: `nil` when the waiting task is cancelled.
    func end() async -> Result<Value, any Error>? { await ending.wait() }

    private func wait(_ duration: Duration, orFor signal: OneShot<Void>?) async -> Result<Value, any Error>? {
        await withTaskGroup(of: Void.self) { [ending, clock] group in
            group.addTask { _ = await ending.wait() }
            group.addTask { try? await clock.sleep(for: duration, tolerance: nil) }
            if let signal { group.addTask { _ = await signal.wait() } }
            await group.next()
            group.cancelAll()
        }
        return ending.value
    }
}
