#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

import Synchronization

/// Ends the loop's `poll` from another thread.
final class WakePipe: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32
    /// Set while a byte is in the pipe, so that it holds one byte at most.
    private let pending = Atomic(false)

    /// False when the process had no file descriptors left.
    let isValid: Bool

    init() {
        var ends: [Int32] = [-1, -1]
        isValid = pipe(&ends) == 0
        for end in ends where isValid {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        guard isValid else { return }
        close(readEnd)
        close(writeEnd)
    }

    func wake() {
        guard !pending.exchange(true, ordering: .sequentiallyConsistent) else { return }
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Empties the pipe; whoever calls ``wake()`` from now on wakes the loop again.
    func drain() {
        var byte: UInt8 = 0
        _ = read(readEnd, &byte, 1)
        pending.store(false, ordering: .sequentiallyConsistent)
    }
}
