public import struct Foundation.Date

extension Date {
    /// ISO 8601 in UTC: `2026-11-23T18:00:00Z`, with milliseconds only when there are any.
    ///
    /// By hand, because Foundation's formatter costs more than the rest of a list's row (proleptic Gregorian calendar
    /// from a day count). Years 1 to 9999: what lies outside is written as the first or last millisecond of these.
    public var iso8601: String {
        let range = -62_135_596_800_000.0...253_402_300_799_999.0
        let exact = (timeIntervalSince1970 * 1000).rounded()
        let milliseconds = Int64(exact.isNaN ? 0 : min(max(exact, range.lowerBound), range.upperBound))
        let (days, ofDay) = Self.floorDivide(milliseconds, 86_400_000)
        let (year, month, day) = Self.civil(fromDays: days)
        let seconds = ofDay / 1000
        var text: [UInt8] = []
        text.reserveCapacity(24)
        Self.append(year, digits: 4, to: &text)
        for (separator, number) in [
            ("-", month), ("-", day), ("T", seconds / 3600), (":", seconds / 60 % 60), (":", seconds % 60),
        ] {
            text.append(contentsOf: separator.utf8)
            Self.append(number, digits: 2, to: &text)
        }
        if ofDay % 1000 != 0 {
            text.append(UInt8(ascii: "."))
            Self.append(ofDay % 1000, digits: 3, to: &text)
        }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Days since 1970-01-01 to year, month and day, counting from March so that leap days come last.
    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, ofEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    static func floorDivide(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let remainder = ((value % divisor) + divisor) % divisor
        return ((value - remainder) / divisor, remainder)
    }

    private static func append(_ number: Int64, digits: Int, to text: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
