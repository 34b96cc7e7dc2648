internal import Synchronization
import struct Foundation.Date

/// Where the simulator reads the time of the machine. A parameter, so that tests set it instead of waiting.
public protocol SimulatorClock: Sendable {
    /// Seconds since 1970, UTC.
    var now: Double { get }
}

/// The machine's own clock.
public struct SystemSimulatorClock: SimulatorClock {
    public init() {}
    public var now: Double { Date().timeIntervalSince1970 }
}

/// A clock that stands still until it is moved.
public final class ManualSimulatorClock: SimulatorClock {
    private let seconds: Mutex<Double>
    public init(now: Double) { seconds = Mutex(now) }
    public var now: Double { seconds.withLock { $0 } }
    public func advance(by amount: Double) { seconds.withLock { $0 += amount } }
}
