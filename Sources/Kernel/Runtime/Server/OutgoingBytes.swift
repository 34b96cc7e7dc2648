import NIOCore

/// How much was written, how much of it the system has taken, and since when it takes nothing.
struct OutgoingBytes {
    /// Who takes less than this in the time of a stall is no reader: 200 bytes a second.
    static let leastProgress = 4_096

    private var written = 0
    private var taken = 0
    private(set) var since = NIODeadline.now()

    mutating func add(_ bytes: Int, now: NIODeadline) {
        // Nothing was waiting: the time for these begins now.
        if taken == written { since = now }
        written += bytes
    }

    /// - Parameter waiting: bytes that the system has not taken yet.
    /// - Returns: true when they have waited for longer than `limit` without progress.
    mutating func hasStalled(waiting: Int, now: NIODeadline, limit: TimeAmount) -> Bool {
        let nowTaken = written - waiting
        if waiting == 0 || nowTaken - taken >= Self.leastProgress {
            taken = nowTaken
            since = now
            return false
        }
        return now - since >= limit
    }
}
