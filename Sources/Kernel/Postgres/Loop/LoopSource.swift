import Synchronization

/// What the loop should watch a socket for.
struct Interest: Equatable {
    var socket: Int32
    var reads = true
    var writes = false
}

/// Something that lives on the loop: a connection with its socket and deadline, or just a deadline (pool, listener).
protocol LoopSource: AnyObject, Sendable {
    /// When ``deadlinePassed(now:)`` is due; any thread may move it, see ``PollLoop/deadlineMoved(to:)``.
    var deadline: Deadline { get }
    /// What to watch; `nil` leaves the socket alone. Called on the loop's thread.
    func interest() -> Interest?
    /// The socket is ready or broken. Called on the loop's thread.
    func ready(readable: Bool, writable: Bool)
    /// The deadline was reached. It has been reset to never. Called on the loop's thread.
    func deadlinePassed()
    /// True when the source wants to leave the loop; then ``detached()`` follows on the loop's thread.
    var isFinished: Bool { get }
    func detached()
}

/// A deadline in ``Monotonic`` nanoseconds.
final class Deadline: Sendable {
    private let value = Atomic(Monotonic.never)

    func set(_ instant: UInt64) { value.store(instant, ordering: .sequentiallyConsistent) }
    func get() -> UInt64 { value.load(ordering: .sequentiallyConsistent) }

    /// Claims a deadline that has passed: true once.
    func take(now: UInt64) -> Bool {
        let instant = get()
        guard instant <= now else { return false }
        return value.compareExchange(expected: instant, desired: Monotonic.never, ordering: .sequentiallyConsistent).exchanged
    }
}
