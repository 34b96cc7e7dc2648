import Foundation
import KernelAPI
import KernelTesting
import Testing

/// Ticks against a model that knows nothing but how to count: every minute of four years with its fields, looked at one by one.
@Suite struct CronTicksTests {
    /// One field of an expression: its text, and what it lets through, which the generator knows without reading the text.
    private struct Field {
        let text: String
        let allowed: Set<Int>
    }

    private static let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]
    private static let start = Date(timeIntervalSince1970: 1_703_462_400)  // 2023-12-25 00:00 UTC

    private static let dayCount = 1_530

    /// Day, month and weekday from 2023-12-25 on: two leap days, and five ends of February.
    private static let days: [[Int]] = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
        return (0..<dayCount).map { number in
            let parts = calendar.dateComponents([.day, .month, .weekday], from: start + Double(number) * 86_400)
            return [parts.day ?? 0, parts.month ?? 0, (parts.weekday ?? 1) - 1]
        }
    }()

    private static func date(_ minute: Int) -> Date { start + Double(minute) * 60 }

    private static func field(_ range: ClosedRange<Int>, _ random: inout SeededGenerator) -> Field {
        func number() -> Int { Int.random(in: range, using: &random) }
        func part() -> Field {
            let step = Int.random(in: 2...9, using: &random)
            let (low, high) = { ($0.min() ?? 0, $0.max() ?? 0) }([number(), number()])
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                return Field(text: "*/\(step)", allowed: Set(stride(from: range.lowerBound, through: range.upperBound, by: step)))
            case 1: return Field(text: "\(low)-\(high)", allowed: Set(low...high))
            case 2: return Field(text: "\(low)-\(high)/\(step)", allowed: Set(stride(from: low, through: high, by: step)))
            case 3: return Field(text: "\(low)/\(step)", allowed: Set(stride(from: low, through: range.upperBound, by: step)))
            default: return Field(text: "\(low)", allowed: [low])
            }
        }
        if Int.random(in: 0..<3, using: &random) == 0 { return Field(text: "*", allowed: Set(range)) }
        let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in part() }
        return Field(text: parts.map(\.text).joined(separator: ","), allowed: parts.reduce(into: []) { $0.formUnion($1.allowed) })
    }

    private static func fits(_ fields: [Field], _ minute: Int) -> Bool {
        guard fields[0].allowed.contains(minute % 60), fields[1].allowed.contains(minute / 60 % 24) else { return false }
        let day = days[minute / 1_440]
        // Sunday has two names.
        let isWeekday = fields[4].allowed.contains(day[2]) || (day[2] == 0 && fields[4].allowed.contains(7))
        let isDay = fields[2].allowed.contains(day[0])
        let isEither = !fields[2].text.hasPrefix("*") && !fields[4].text.hasPrefix("*")
        return fields[3].allowed.contains(day[1]) && (isEither ? isDay || isWeekday : isDay && isWeekday)
    }

    @Test("Next and last ticks are those that counting minute by minute finds", arguments: 1...150 as ClosedRange<UInt64>)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let fields = Self.ranges.map { Self.field($0, &random) }
        let text = fields.map(\.text).joined(separator: " ")
        let expression = try #require(CronExpression(text), "\(text)")
        let end = Self.dayCount * 1_440
        for _ in 0..<3 {
            // Two years to either side are left for the search.
            let minute = Int.random(in: end / 3..<end / 3 * 2, using: &random)
            let date = Self.date(minute) + Double(Int.random(in: 0..<60, using: &random))
            let (next, last) = (expression.next(after: date), expression.last(notAfter: date))
            if let found = (minute + 1..<end).first(where: { Self.fits(fields, $0) }) {
                #expect(next == Self.date(found), "\(text) after \(date.iso8601)")
            } else {
                #expect(next.map { $0 >= Self.date(end) } ?? true, "\(text) after \(date.iso8601)")
            }
            if let found = (0...minute).last(where: { Self.fits(fields, $0) }) {
                #expect(last == Self.date(found), "\(text) not after \(date.iso8601)")
            } else {
                #expect(last.map { $0 < Self.start } ?? true, "\(text) not after \(date.iso8601)")
            }
        }
    }

    private static func parsed(_ text: String) throws -> Date { try #require(Date(iso8601: text)) }

    @Test(
        "Leap years, month ends, and the two meanings of two days",
        arguments: [
            ("0 0 29 2 *", "2026-11-25T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
            ("59 23 31 * *", "2026-01-31T23:59:00Z", "2026-03-31T23:59:00Z"),
            ("0 0 30 4,2 *", "2026-05-01T00:00:00Z", "2027-04-30T00:00:00Z"),
            // Friday or the 13th; Monday among the odd days.
            ("0 12 13 * 5", "2026-11-11T12:00:00Z", "2026-11-13T12:00:00Z"),
            ("0 12 13 * 5", "2026-12-11T12:00:00Z", "2026-12-13T12:00:00Z"),
            ("0 12 */2 * 1", "2026-11-10T00:00:00Z", "2026-11-23T12:00:00Z"),
            ("0 0 1 1 *", "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"),
            ("* * * * *", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"),
            // Once in 28 years, and once in 40 where 2100 is between.
            ("0 0 29 2 */7", "2004-03-01T00:00:00Z", "2032-02-29T00:00:00Z"),
            ("0 0 29 2 */7", "2088-03-01T00:00:00Z", "2128-02-29T00:00:00Z"),
        ])
    func calendar(_ text: String, from: String, next: String) throws {
        let expression = try #require(CronExpression(text))
        let (from, next) = (try Self.parsed(from), try Self.parsed(next))
        #expect(expression.next(after: from) == next)
        #expect(expression.last(notAfter: next) == next)
        #expect(expression.last(notAfter: next - 0.001).map { $0 <= from } ?? true)
    }

    @Test("What never comes is nil, and so is what lies beyond the calendar")
    func never() throws {
        for text in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
            let expression = try #require(CronExpression(text))
            #expect(expression.next(after: Self.start) == nil)
            #expect(expression.last(notAfter: Self.start) == nil)
        }
        let always = try #require(CronExpression("* * * * *"))
        for seconds in [Double.nan, .infinity, -.infinity, 1e300, 253_402_300_799] {
            #expect(always.next(after: Date(timeIntervalSince1970: seconds)) == nil)
        }
        let yearly = try #require(CronExpression("0 0 1 1 *"))
        #expect(yearly.next(after: try Self.parsed("9999-06-01T00:00:00Z")) == nil)
        #expect(yearly.last(notAfter: try Self.parsed("0001-01-01T00:00:00Z")) == (try Self.parsed("0001-01-01T00:00:00Z")))
    }
}

@Suite struct IntervalTicksTests {
    @Test("Ticks are the multiples of the interval since 1970, to the microsecond", arguments: 1...200 as ClosedRange<UInt64>)
    func multiples(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let length = Int64.random(in: 1_000_000...90_000_000_000, using: &random)
        let schedule = Job.Schedule.every(.microseconds(length))
        let moment = Int64.random(in: -2_000_000_000_000_000...4_000_000_000_000_000, using: &random)
        // What counting up from below finds.
        var tick = moment - length - moment % length
        while tick + length <= moment { tick += length }
        #expect(tick % length == 0)
        #expect(microseconds(schedule.last(notAfter: date(moment))) == tick)
        #expect(microseconds(schedule.next(after: date(moment))) == tick + length)
        #expect(microseconds(schedule.last(notAfter: date(tick))) == tick)
        #expect(microseconds(schedule.next(after: date(tick))) == tick + length)
        #expect(Job.Schedule("\(schedule)") == schedule)
    }

    private func date(_ microseconds: Int64) -> Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
    private func microseconds(_ date: Date?) -> Int64? {
        date.map { Int64(($0.timeIntervalSince1970 * 1_000_000).rounded()) }
    }

    @Test("Intervals are at least a second, and times that are none have no ticks")
    func bounds() {
        for interval in [Duration.zero, .seconds(-5), .nanoseconds(1)] {
            #expect(Job.Schedule.every(interval).next(after: Date(timeIntervalSince1970: 7)) == Date(timeIntervalSince1970: 8))
        }
        for seconds in [Double.nan, .infinity, 1e300] {
            #expect(Job.Schedule.every(.seconds(60)).next(after: Date(timeIntervalSince1970: seconds)) == nil)
        }
    }

    @Test("A schedule's text is read back, and nothing else is")
    func text() throws {
        let cron = try #require(CronExpression("*/5 6-8 1,15 * 1"))
        for schedule in [Job.Schedule.every(.seconds(3_600)), .every(.milliseconds(1_500)), .cron(cron)] {
            #expect(Job.Schedule("\(schedule)") == schedule)
        }
        #expect("\(Job.Schedule.every(.seconds(3_600)))" == "every 3600 s")
        #expect("\(Job.Schedule.every(.milliseconds(1_500)))" == "every 1.500000 s")
        for text in [
            "", "every", "every s", "every 5", "every 5s", "every -5 s", "every 1.5 s", "every 99999999999 s", "* * * *",
        ] {
            #expect(Job.Schedule(text) == nil)
        }
    }
}
