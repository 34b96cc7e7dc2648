/// Five fields in UTC: `*/5 6-8 1,15 * 1`; lists, ranges and steps, no names. Day of month and day of week together mean
/// either, as cron does it.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    public let description: String
    let minutes: Set<Int>
    let hours: Set<Int>
    let days: Set<Int>
    let months: Set<Int>
    /// 0 is Sunday; 7 is read as 0.
    let weekdays: Set<Int>
    let anyDay: Bool
    let anyWeekday: Bool

    /// - Returns: `nil` for anything that cron would not take.
    public init?(_ text: String) {
        let fields = text.split(separator: " ").map { String($0) }
        guard fields.count == 5, let minutes = Self.numbers(fields[0], 0...59), let hours = Self.numbers(fields[1], 0...23),
            let days = Self.numbers(fields[2], 1...31), let months = Self.numbers(fields[3], 1...12),
            let weekdays = Self.numbers(fields[4], 0...7)
        else { return nil }
        description = fields.joined(separator: " ")
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = Set(weekdays.map { $0 % 7 })
        anyDay = fields[2].hasPrefix("*")
        anyWeekday = fields[4].hasPrefix("*")
    }

    private static func numbers(_ field: String, _ range: ClosedRange<Int>) -> Set<Int>? {
        var chosen: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard pieces.count <= 2, let span = span(String(pieces[0]), range, isOpen: pieces.count == 2) else { return nil }
            var step = 1
            if pieces.count == 2 {
                guard let given = number(String(pieces[1])), given > 0 else { return nil }
                step = given
            }
            chosen.formUnion(stride(from: span.lowerBound, through: span.upperBound, by: step))
        }
        return chosen
    }

    /// `*`, `5` (with a step: from 5 on), `5-8`.
    private static func span(_ text: String, _ range: ClosedRange<Int>, isOpen: Bool) -> ClosedRange<Int>? {
        if text == "*" { return range }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { number(String($0)) }
        guard ends.count <= 2, let first = ends[0], range.contains(first) else { return nil }
        if ends.count == 1 { return first...(isOpen ? range.upperBound : first) }
        guard let last = ends[1], range.contains(last), first <= last else { return nil }
        return first...last
    }

    private static func number(_ text: String) -> Int? {
        text.isEmpty || !text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? nil : Int(text)
    }
}
