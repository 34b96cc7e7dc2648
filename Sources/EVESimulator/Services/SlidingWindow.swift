internal import DequeModule

/// What was spent in the last so many seconds.
struct SlidingWindow: Sendable {
    private var spent: Deque<(time: Double, cost: Int)> = []
    private(set) var total = 0
    /// Seconds.
    let length: Double

    init(length: Double) { self.length = length }

    mutating func forget(before now: Double) {
        while let first = spent.first, first.time <= now - length {
            total -= first.cost
            spent.removeFirst()
        }
    }

    mutating func spend(_ cost: Int, at now: Double) {
        forget(before: now)
        guard cost > 0 else { return }
        spent.append((now, cost))
        total += cost
    }

    /// Seconds until `amount` or less is in the window.
    func wait(untilAtMost amount: Int, at now: Double) -> Double {
        var left = total
        for (time, cost) in spent {
            if left <= amount { break }
            left -= cost
            if left <= amount { return max(0, time + length - now) }
        }
        return 0
    }
}
