public import struct Foundation.Date

extension Date {
    /// Reads what ``iso8601`` writes, and the same with an offset: `2026-11-23T18:00:00Z`, `2026-11-23T18:00:00.250+01:00`.
    /// What is finer than milliseconds is dropped.
    ///
    /// Strict, by hand: Foundation's parser takes `2026-02-30` for the second of March and ignores what follows the zone.
    ///
    /// - Returns: `nil` for anything but a real day and time of the years 1 to 9999, with seconds and zone.
    public init?(iso8601 text: String) {
        var digits = DigitReader(text)
        guard let year = digits.number(4), digits.skip("-"), let month = digits.number(2), digits.skip("-"),
            let day = digits.number(2), digits.skip("T"), let hour = digits.number(2), digits.skip(":"),
            let minute = digits.number(2), digits.skip(":"), let second = digits.number(2),
            let milliseconds = digits.fraction(), let offset = digits.zone(), digits.isAtEnd,
            year >= 1, (1...12).contains(month), (1...Self.days(inMonth: month, of: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let seconds = Self.days(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(timeIntervalSince1970: (Double(seconds) * 1000 + Double(milliseconds)) / 1000)
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01, counting years from March so that leap days come last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let marchMonth = (month + 9) % 12
        return year * 365 + year / 4 - year / 100 + year / 400 + (marchMonth * 153 + 2) / 5 + day - 1 - 719_468
    }
}

/// Takes a text apart from the left.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// Exactly that many decimal digits.
    mutating func number(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(Self.isDigit) else { return nil }
        rest.removeFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Milliseconds, of a fraction of one to nine digits; 0 when there is none.
    mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        let count = rest.prefix(while: Self.isDigit).count
        guard (1...9).contains(count), let value = number(min(count, 3)) else { return nil }
        rest.removeFirst(max(0, count - 3))
        return count < 3 ? value * [100, 10][count - 1] : value
    }

    /// Seconds east of Greenwich.
    mutating func zone() -> Int? {
        if skip("Z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
