#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

import Synchronization
import class Foundation.Thread

/// One thread in `poll(2)` that watches every connection of a database.
///
/// `poll` rather than epoll: it is portable, there are tens of sockets rather than thousands, and interest in reading never
/// changes, so that sending a statement needs no call to the loop at all.
final class PollLoop: Sendable {
    private struct Shared {
        var arrivals: [any LoopSource] = []
        /// Some source's interest or state changed outside the loop's thread.
        var isStale = false
        var isStopping = false
        var isRunning = false
        var onStop: (@Sendable () -> Void)?
    }

    private let shared = Mutex(Shared())
    private let pipe: WakePipe
    /// Runs tasks on the loop's thread.
    let executor: LoopExecutor
    /// When `poll` will return by itself.
    private let wakeUp = Atomic(Monotonic.never)

    init() {
        let pipe = WakePipe()
        self.pipe = pipe
        executor = LoopExecutor { pipe.wake() }
    }

    /// Adds a source; starts the thread with the first one. False when the loop has been stopped or cannot work.
    func add(_ source: any LoopSource) -> Bool {
        guard pipe.isValid else { return false }
        let accepted = shared.withLock { shared in
            guard !shared.isStopping else { return false }
            shared.arrivals.append(source)
            return true
        }
        if accepted { start() }
        pipe.wake()
        return accepted
    }

    /// Starts the thread unless it runs already or has been stopped.
    func start() {
        let starts = shared.withLock { shared in
            guard !shared.isStopping, !shared.isRunning else { return false }
            shared.isRunning = true
            return true
        }
        guard starts else { return }
        let thread = Thread { [self] in run() }
        thread.name = "postgres-loop"
        thread.start()
    }

    /// Makes the loop ask its sources again; needed after a change outside the loop's thread.
    func refresh() {
        shared.withLock { $0.isStale = true }
        pipe.wake()
    }

    /// To be called after a source's deadline was set.
    func deadlineMoved(to instant: UInt64) {
        let before = wakeUp.min(instant, ordering: .sequentiallyConsistent).oldValue
        if instant < before { pipe.wake() }
    }

    /// Ends the thread; sources still there are detached. `onStop` is called on the loop's thread, or at once without one.
    func stop(_ onStop: @escaping @Sendable () -> Void) {
        let wasRunning = shared.withLock { shared in
            shared.isStopping = true
            if shared.isRunning { shared.onStop = onStop }
            return shared.isRunning
        }
        if wasRunning { return pipe.wake() }
        executor.stop()
        onStop()
    }

    // MARK: On the loop's thread

    private func run() {
        var sources: [any LoopSource] = []
        var watched: [pollfd] = []
        rebuild(&sources, &watched)
        executor.adoptThread()
        while !takeChanges(&sources, &watched) {
            let timeout = fireDeadlines(sources)
            let count = poll(&watched, nfds_t(watched.count), executor.hasJobs ? 0 : timeout)
            if count > 0 {
                if watched[0].revents != 0 { pipe.drain() }
                dispatch(&sources, &watched)
            }
            executor.runJobs()
        }
        for source in sources { source.detached() }
        executor.stop()
        let onStop = shared.withLock { shared in
            shared.isRunning = false
            for source in shared.arrivals { source.detached() }
            shared.arrivals = []
            return shared.onStop.take()
        }
        onStop?()
    }

    /// Takes over what other threads changed; true when the loop shall end.
    private func takeChanges(_ sources: inout [any LoopSource], _ watched: inout [pollfd]) -> Bool {
        let (arrivals, isStale, isStopping) = shared.withLock { shared in
            defer {
                shared.arrivals = []
                shared.isStale = false
            }
            return (shared.arrivals, shared.isStale, shared.isStopping)
        }
        guard isStale || !arrivals.isEmpty else { return isStopping }
        sources += arrivals
        rebuild(&sources, &watched)
        wakeUp.store(0, ordering: .sequentiallyConsistent)
        return isStopping
    }

    private func rebuild(_ sources: inout [any LoopSource], _ watched: inout [pollfd]) {
        sources.removeAll { source in
            guard source.isFinished else { return false }
            source.detached()
            return true
        }
        watched = [pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0)] + sources.map { Self.entry($0.interest()) }
    }

    /// A negative descriptor is one that `poll` ignores.
    private static func entry(_ interest: Interest?) -> pollfd {
        guard let interest else { return pollfd(fd: -1, events: 0, revents: 0) }
        let events = (interest.reads ? POLLIN : 0) | (interest.writes ? POLLOUT : 0)
        return pollfd(fd: interest.socket, events: Int16(events), revents: 0)
    }

    private func dispatch(_ sources: inout [any LoopSource], _ watched: inout [pollfd]) {
        var someFinished = false
        for index in sources.indices where watched[index + 1].revents != 0 {
            let events = Int32(watched[index + 1].revents)
            let source = sources[index]
            let broken = events & (POLLERR | POLLHUP | POLLNVAL) != 0
            source.ready(readable: broken || events & POLLIN != 0, writable: broken || events & POLLOUT != 0)
            watched[index + 1] = Self.entry(source.interest())
            if source.isFinished { someFinished = true }
        }
        if someFinished { rebuild(&sources, &watched) }
    }

    /// Tells the sources whose deadline has passed; returns `poll`'s timeout in milliseconds.
    ///
    /// A thread that sets a deadline stores it first and lowers `wakeUp` then; the loop makes `wakeUp` never first, reads the
    /// deadlines then and lowers it at last: one of the two always sees the other.
    private func fireDeadlines(_ sources: [any LoopSource]) -> Int32 {
        var now = Monotonic.now
        var next = wakeUp.load(ordering: .sequentiallyConsistent)
        if next <= now || next == Monotonic.never {
            wakeUp.store(Monotonic.never, ordering: .sequentiallyConsistent)
            for source in sources where source.deadline.take(now: now) { source.deadlinePassed() }
            next = sources.reduce(Monotonic.never) { min($0, $1.deadline.get()) }
            next = wakeUp.min(next, ordering: .sequentiallyConsistent).newValue
            now = Monotonic.now
        }
        guard next != Monotonic.never else { return -1 }
        guard next > now else { return 0 }
        return Int32(min((next - now) / 1_000_000 + 1, 60_000))
    }
}
