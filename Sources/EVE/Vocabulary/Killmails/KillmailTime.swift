public import struct Foundation.Date

/// Times as ESI writes them, `2026-03-31T09:23:11Z`, read and written by hand: a date formatter would take longer than
/// all the rest of a killmail.
public enum KillmailTime {
    /// The day EVE Online opened: 2003-05-06. Nothing died before.
    public static let firstSecond: Int64 = 1_052_179_200

    /// Seconds since 1970 of an ISO 8601 time in UTC; `nil` if it is none. A fraction of a second is dropped.
    public static func seconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "), text[13] == UInt8(ascii: ":"),
            text[16] == UInt8(ascii: ":"), isUTC(text[19...]),
            let century = digits(text, 0), let yearOfCentury = digits(text, 2), let month = digits(text, 5),
            let day = digits(text, 8), let hour = digits(text, 11), let minute = digits(text, 14), let second = digits(text, 17)
        else { return nil }
        let year = century * 100 + yearOfCentury
        guard (1...12).contains(month), (1...length(ofMonth: month, year: year)).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        return days(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    public static func seconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { seconds($0) }
    }

    /// `2026-03-31T09:23:11Z`, without fractions.
    public static func text(_ date: Date) -> String {
        let (day, second) = floorDivide(Int64(date.timeIntervalSince1970.rounded(.down)), by: 86_400)
        let (year, month, dayOfMonth) = civil(day: day)
        let time = "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
        return "\(padded(year, width: 4))-\(padded(month))-\(padded(dayOfMonth))T\(time)Z"
    }

    /// Year, month, day and hour in UTC.
    static func calendarHour(_ date: Date) -> (year: Int64, month: Int64, day: Int64, hour: Int64) {
        let (day, second) = floorDivide(Int64(date.timeIntervalSince1970.rounded(.down)), by: 86_400)
        let (year, month, dayOfMonth) = civil(day: day)
        return (year, month, dayOfMonth, second / 3600)
    }

    static func padded(_ number: Int64, width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    @inline(__always)
    private static func digits(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int64? {
        let tens = text[index] &- UInt8(ascii: "0")
        let ones = text[index + 1] &- UInt8(ascii: "0")
        guard tens < 10, ones < 10 else { return nil }
        return Int64(tens) * 10 + Int64(ones)
    }

    /// `Z`, `z` or `+00:00`, after an optional fraction.
    private static func isUTC(_ rest: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var rest = rest
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = rest.prefix { $0 &- UInt8(ascii: "0") < 10 }
            guard !fraction.isEmpty else { return false }
            rest = rest.dropFirst(fraction.count)
        }
        return (rest.count == 1 && rest.first.map { $0 | 0x20 } == UInt8(ascii: "z")) || rest.elementsEqual("+00:00".utf8)
    }

    private static func length(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func floorDivide(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// Days since 1970-01-01 in the Gregorian calendar. Years begin in March here, so that the leap day is a year's last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivide(marchYear, by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(day + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
