/// A piece of background work that the kernel runs over and over.
///
/// A worker does one bounded step at a time and tells when it wants the next one. The kernel does the rest: it starts
/// and stops it, waits, wakes it, backs off after errors, counts and logs. Between two steps a worker can be stopped at
/// no cost, so a step should take seconds at most and leave everything consistent (one transaction); after five minutes it is
/// cancelled.
public protocol Worker: Sendable {
    /// Unique within the plugin: `ingest`, `clusterer`.
    var name: String { get }

    /// The queues whose pushes wake this worker when it rests.
    var wakesOn: [QueueName] { get }

    /// Does the next bounded piece of work.
    ///
    /// - Throws: any error is logged and counted, and the step is repeated after a growing pause.
    func step() async throws -> NextStep
}

extension Worker {
    public var wakesOn: [QueueName] { [] }
}

/// What a worker wants after a step.
public enum NextStep: Sendable, Equatable {
    /// There is more to do.
    case immediately
    /// Nothing before this time has passed, pushes included: pauses that outside services ask for.
    case after(Duration)
    /// Nothing to do: wait for a push to one of the worker's queues, at most this long.
    case whenWoken(atMost: Duration)
}
