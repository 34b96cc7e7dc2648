/// One plugin on this pod as a value: what is wanted of it, where it is, and what is to be done next.
///
/// Each call tells what happened and returns what to do about it. An instance is one *life*, told apart by its number: it is
/// started at most once, stopped exactly once when `start()` was called, and the next one begins after that.
///
/// ```
///  off -> waiting -> starting -> running -> draining -> closing -> (lingering) -> stopping -> off
///                        |                                                          ^
///                        +-- start() threw ----------------------------------------+--> failed, pausing -> starting
/// ```
struct PluginLife: Sendable {
    enum Phase: Hashable, Sendable {
        /// Not wanted.
        case off
        /// Wanted; what it requires does not run yet.
        case waiting
        case starting(Int)
        /// Routes are mounted, work is done.
        case running(Int)
        /// Its work comes to an end: steps, runs and batches that are under way.
        case draining(Int)
        /// Its requests come to an end.
        case closing(Int)
        /// Everything of it has ended; what requires it must stop first.
        case lingering(Int)
        case stopping(Int)
        /// It did not start and is tried again after a pause.
        case pausing
        /// It did not start and is left alone until something changes.
        case failed
    }

    enum Action: Hashable, Sendable {
        /// Make an instance and call `start()`; answered by ``started(_:)``, ``notMade(_:then:)`` or ``startFailed(_:then:)``.
        case start(Int)
        /// The start is not wanted any more; it still has to be answered.
        case cancelStart(Int)
        /// Mount the routes, begin the work.
        case serve(Int)
        /// Take the routes away, end the streams.
        case unmount(Int)
        /// Begin no further work and wait for what is under way; answered by ``drained(_:)``.
        case drain(Int)
        /// Wait for the requests under way; answered by ``closed(_:)``.
        case close(Int)
        /// Call `stop()`; answered by ``stopped(_:)``.
        case stop(Int)
        /// After a pause that grows with the attempts, call ``retry(_:)`` with the token.
        case pause(attempt: Int, token: Int)
        /// The plugin's failure is the program's.
        case endProgram
    }

    /// What a failed start leads to.
    enum Consequence: Hashable, Sendable {
        case endProgram
        case giveUp
        case retry
    }

    private(set) var phase = Phase.off
    /// The configuration that is to run, by a number that changes with it; `nil` for none.
    private(set) var wanted: Int?
    /// A call into the plugin has not returned although it was cancelled: nothing can be done until it does.
    private(set) var isStuck = false
    private(set) var isMounted = false
    /// Starts that failed in a row.
    private(set) var failures = 0
    /// The configuration of the life that is or was.
    private(set) var generation: Int?
    private var startIsCancelled = false
    private var consequence: Consequence?
    private var lives = 0
    private var token = 0

    /// There is an instance whose `stop()` has not returned.
    var hasInstance: Bool {
        switch phase {
        case .off, .waiting, .pausing, .failed: false
        case .starting, .running, .draining, .closing, .lingering, .stopping: true
        }
    }

    // MARK: What is wanted

    /// Something else is wanted: another configuration, or nothing.
    mutating func want(_ configuration: Int?) -> [Action] {
        guard configuration != wanted else { return [] }
        wanted = configuration
        failures = 0
        switch phase {
        case .off, .waiting, .pausing, .failed:
            proceed()
            return []
        case .starting(let life):
            startIsCancelled = true
            return [.cancelStart(life)]
        case .running(let life):
            phase = .draining(life)
            // For new settings the old routes answer as long as they can.
            return (configuration == nil ? unmount(life) : []) + [.drain(life)]
        case .draining(let life): return configuration == nil ? unmount(life) : []
        case .lingering(let life): return configuration == nil ? [] : stop(life)
        case .closing, .stopping: return []
        }
    }

    /// Whether everything that it requires runs, and whether everything that requires it has stopped.
    ///
    /// To be told after everything else that happens to anybody: starts and last stops happen here and nowhere else.
    mutating func surroundings(requirementsRun: Bool, dependantsAreGone: Bool) -> [Action] {
        switch phase {
        case .waiting where requirementsRun: return start()
        case .lingering(let life) where dependantsAreGone: return stop(life)
        default: return []
        }
    }

    // MARK: What happened

    mutating func started(_ life: Int) -> [Action] {
        guard phase == .starting(life) else { return [] }
        isStuck = false
        guard !startIsCancelled else { return stopInTurn(life) }
        failures = 0
        phase = .running(life)
        isMounted = true
        return [.serve(life)]
    }

    /// There is no instance, so there is none to stop.
    mutating func notMade(_ life: Int, then consequence: Consequence) -> [Action] {
        guard phase == .starting(life) else { return [] }
        self.consequence = startIsCancelled ? nil : consequence
        return settle()
    }

    /// `start()` threw, or returned too late.
    mutating func startFailed(_ life: Int, then consequence: Consequence) -> [Action] {
        guard phase == .starting(life) else { return [] }
        isStuck = false
        self.consequence = startIsCancelled ? nil : consequence
        return stopInTurn(life)
    }

    mutating func drained(_ life: Int) -> [Action] {
        guard phase == .draining(life) else { return [] }
        phase = .closing(life)
        return unmount(life) + [.close(life)]
    }

    mutating func closed(_ life: Int) -> [Action] {
        guard phase == .closing(life) else { return [] }
        return stopInTurn(life)
    }

    mutating func stopped(_ life: Int) -> [Action] {
        guard phase == .stopping(life) else { return [] }
        isStuck = false
        return settle()
    }

    /// `start()` or `stop()` has not returned although it was cancelled. If it does later, the usual call tells.
    mutating func stuck(_ life: Int, then consequence: Consequence) -> [Action] {
        guard phase == .starting(life) || phase == .stopping(life) else { return [] }
        isStuck = true
        return phase == .starting(life) && consequence == .endProgram && !startIsCancelled ? [.endProgram] : []
    }

    /// The pause after a failed start is over.
    mutating func retry(_ token: Int) -> [Action] {
        if phase == .pausing, token == self.token { proceed() }
        return []
    }

    // MARK: Steps

    private mutating func unmount(_ life: Int) -> [Action] {
        defer { isMounted = false }
        return isMounted ? [.unmount(life)] : []
    }

    /// Who goes off waits for what requires it; who only gets new settings does not, for that goes on.
    private mutating func stopInTurn(_ life: Int) -> [Action] {
        guard wanted == nil else { return stop(life) }
        phase = .lingering(life)
        return []
    }

    private mutating func stop(_ life: Int) -> [Action] {
        phase = .stopping(life)
        return [.stop(life)]
    }

    private mutating func start() -> [Action] {
        lives += 1
        generation = wanted
        startIsCancelled = false
        phase = .starting(lives)
        return [.start(lives)]
    }

    /// A life is over.
    private mutating func settle() -> [Action] {
        defer { consequence = nil }
        guard let consequence, wanted != nil, wanted == generation else {
            proceed()
            return []
        }
        failures += 1
        switch consequence {
        case .endProgram:
            phase = .failed
            return [.endProgram]
        case .giveUp:
            phase = .failed
            return []
        case .retry:
            phase = .pausing
            token += 1
            return [.pause(attempt: failures, token: token)]
        }
    }

    private mutating func proceed() { phase = wanted == nil ? .off : .waiting }
}
