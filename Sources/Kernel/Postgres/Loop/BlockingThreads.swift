import DequeModule
import Synchronization
import class Foundation.Thread

/// Threads for calls that block: as many as are needed, up to a limit, gone when there is nothing to do.
///
/// A call that hangs costs one thread until the network gives up; whoever waits for its answer has a deadline of its own.
final class BlockingThreads: Sendable {
    private struct State {
        var threads = 0
        var jobs: Deque<@Sendable () -> Void> = []
    }

    private let name: String
    private let threadLimit: Int
    private let jobLimit: Int
    private let state = Mutex(State())

    init(name: String, threadLimit: Int, jobLimit: Int = 1_000) {
        self.name = name
        self.threadLimit = threadLimit
        self.jobLimit = jobLimit
    }

    /// Runs the job on some thread; false when there are too many waiting already.
    func run(_ job: @escaping @Sendable () -> Void) -> Bool {
        let (accepted, starts) = state.withLock { state in
            guard state.jobs.count < jobLimit else { return (false, false) }
            state.jobs.append(job)
            guard state.threads < threadLimit else { return (true, false) }
            state.threads += 1
            return (true, true)
        }
        if starts {
            let thread = Thread { [self] in work() }
            thread.name = name
            thread.start()
        }
        return accepted
    }

    private func work() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            if let job = state.jobs.popFirst() { return job }
            state.threads -= 1
            return nil
        }
    }
}
