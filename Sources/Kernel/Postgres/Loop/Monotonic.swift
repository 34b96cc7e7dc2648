#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A point of the monotonic clock in nanoseconds: plain numbers, because they are compared in atomics and `poll`.
enum Monotonic {
    static let never = UInt64.max

    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func after(_ duration: Duration?) -> UInt64 {
        guard let duration else { return never }
        return now + nanoseconds(duration)
    }

    static func nanoseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0, seconds < 1_000_000_000 else { return seconds < 0 ? 0 : 1_000_000_000_000_000_000 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
