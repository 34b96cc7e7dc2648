public import Foundation
public import KernelAPI
import Synchronization

/// A clock that a test sets: time stands still until it is moved.
public final class ManualClock: WallClock {
    private let time: Mutex<Date>

    /// - Parameter start: the first ``now``; 2026-01-15 12:00 UTC, in the middle of a month, unless told otherwise.
    public init(_ start: Date = Date(timeIntervalSince1970: 1_768_478_400)) { time = Mutex(start) }

    public var now: Date { time.withLock { $0 } }

    public func advance(by duration: Duration) { time.withLock { $0 += duration / .seconds(1) } }

    public func set(_ now: Date) { time.withLock { $0 = now } }
}
