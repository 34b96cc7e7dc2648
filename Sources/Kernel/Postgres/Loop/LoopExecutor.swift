#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

import DequeModule
import Synchronization

/// Runs tasks on the loop's thread, between two calls of `poll`: for them an answer costs no hop to another thread.
///
/// Its tasks must not compute for long: while they run, nobody's answer is read.
final class LoopExecutor: TaskExecutor {
    private enum State {
        case running(Deque<UnownedJob>)
        /// The thread is gone; jobs go where they would have gone without this executor.
        case stopped
    }

    private let state = Mutex(State.running([]))
    private let thread = Atomic<UInt>(0)
    private let wake: @Sendable () -> Void

    /// - Parameter wake: ends the loop's `poll`, to look at the jobs.
    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let accepted = state.withLock { state in
            guard case .running(var jobs) = state else { return false }
            state = .stopped  // leaves the queue with one owner, so that it grows in place
            jobs.append(job)
            state = .running(jobs)
            return true
        }
        guard accepted else { return globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
        if thread.load(ordering: .relaxed) != Self.currentThread { wake() }
    }

    // MARK: On the loop's thread

    func adoptThread() { thread.store(Self.currentThread, ordering: .relaxed) }

    var hasJobs: Bool {
        state.withLock { state in
            if case .running(let jobs) = state { !jobs.isEmpty } else { false }
        }
    }

    /// Runs what is there now; what these jobs enqueue waits until the sockets have had their turn.
    func runJobs() {
        let jobs = state.withLock { state -> Deque<UnownedJob> in
            guard case .running(let jobs) = state, !jobs.isEmpty else { return [] }
            state = .running([])
            return jobs
        }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Hands what is left to the global executor.
    func stop() {
        thread.store(0, ordering: .relaxed)
        let jobs = state.withLock { state -> Deque<UnownedJob> in
            defer { state = .stopped }
            if case .running(let jobs) = state { return jobs }
            return []
        }
        for job in jobs { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    private static var currentThread: UInt {
        #if canImport(Darwin)
            UInt(bitPattern: pthread_self())
        #else
            UInt(pthread_self())
        #endif
    }
}
