public import struct Foundation.Date

extension Job.Schedule {
    /// The first tick after `date`; `nil` when there is none.
    public func next(after date: Date) -> Date? {
        switch self {
        case .cron(let expression): expression.next(after: date)
        case .every(let interval): Self.multiple(of: interval, date, plus: 1)
        }
    }

    /// The last tick that is not after `date`; `nil` when there is none.
    public func last(notAfter date: Date) -> Date? {
        switch self {
        case .cron(let expression): expression.last(notAfter: date)
        case .every(let interval): Self.multiple(of: interval, date, plus: 0)
        }
    }

    /// PostgreSQL keeps microseconds, so ticks are whole ones.
    private static func multiple(of interval: Duration, _ date: Date, plus more: Int64) -> Date? {
        let exact = (date.timeIntervalSince1970 * 1_000_000).rounded()
        // Some 30,000 years around 1970: no sum below can overflow.
        guard abs(exact) < 1e18 else { return nil }
        let length = microseconds(interval)
        let (count, _) = Date.floorDivide(Int64(exact), length)
        return Date(timeIntervalSince1970: Double((count + more) * length) / 1_000_000)
    }

    /// At least a second, at most a hundred years.
    private static func microseconds(_ interval: Duration) -> Int64 {
        let (seconds, attoseconds) = min(max(interval, .seconds(1)), .seconds(3_155_760_000)).components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}

extension Job.Schedule: CustomStringConvertible {
    /// `every 3600 s`, `0 6 * * *`; ``init(_:)`` reads it.
    public var description: String {
        switch self {
        case .cron(let expression): return expression.description
        case .every(let interval):
            let length = Self.microseconds(interval)
            let (seconds, rest) = (length / 1_000_000, length % 1_000_000)
            guard rest > 0 else { return "every \(seconds) s" }
            let digits = String(1_000_000 + rest).dropFirst()
            return "every \(seconds).\(digits) s"
        }
    }

    /// Reads what ``description`` says.
    public init?(_ text: String) {
        guard let match = text.wholeMatch(of: /every ([0-9]{1,10})(?:\.([0-9]{6}))? s/) else {
            guard let expression = CronExpression(text) else { return nil }
            self = .cron(expression)
            return
        }
        guard let seconds = Int64(match.1), let rest = Int64(match.2 ?? "0") else { return nil }
        self = .every(.seconds(seconds) + .microseconds(rest))
    }
}
