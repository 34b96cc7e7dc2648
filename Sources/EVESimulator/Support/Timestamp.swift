/// Calendar arithmetic in UTC on whole seconds since 1970; years 1 to 9999.
enum Timestamp {
    /// `2026-11-20T18:03:00Z`, as ESI writes it.
    static func iso(_ seconds: Int64) -> String {
        let (day, time) = split(seconds)
        let date = civil(day)
        return
            "\(pad(date.year, 4))-\(pad(date.month))-\(pad(date.day))T\(clock(time))Z"
    }

    /// `20261120`, as zKillboard's history names a day.
    static func day(_ seconds: Int64) -> String {
        let date = civil(split(seconds).day)
        return "\(pad(date.year, 4))\(pad(date.month))\(pad(date.day))"
    }

    /// `Fri, 20 Nov 2026 18:03:00 GMT`, for HTTP headers.
    static func http(_ seconds: Int64) -> String {
        let (day, time) = split(seconds)
        let date = civil(day)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(((day % 7) + 7) % 7)]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(weekday), \(pad(date.day)) \(months[Int(date.month) - 1]) \(pad(date.year, 4)) "
            + "\(clock(time)) GMT"
    }

    /// Reads `2024-03-26T00:34:38Z`; `nil` for everything else.
    static func parse(_ text: String) -> Int64? {
        let parts = text.split(whereSeparator: { "-T:Z".contains($0) }).compactMap { Int64($0) }
        guard parts.count == 6, text.utf8.count == 20, text.hasSuffix("Z"), (1...12).contains(parts[1]) else { return nil }
        return days(year: parts[0], month: parts[1], day: parts[2]) * 86400 + parts[3] * 3600 + parts[4] * 60 + parts[5]
    }

    static func secondOfDay(_ seconds: Int64) -> Int64 { split(seconds).time }

    private static func split(_ seconds: Int64) -> (day: Int64, time: Int64) {
        let time = ((seconds % 86400) + 86400) % 86400
        return ((seconds - time) / 86400, time)
    }

    private static func clock(_ time: Int64) -> String { "\(pad(time / 3600)):\(pad(time / 60 % 60)):\(pad(time % 60))" }

    private static func pad(_ value: Int64, _ width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since 1970 to a date of the Gregorian calendar (Howard Hinnant's `civil_from_days`).
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
