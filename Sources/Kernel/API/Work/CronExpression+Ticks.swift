public import struct Foundation.Date

extension CronExpression {
    /// The first minute after `date` that fits.
    ///
    /// - Returns: `nil` when none ever does (30 February), and beyond the years 1 to 9999.
    public func next(after date: Date) -> Date? {
        guard let minute = Self.minute(of: date) else { return nil }
        return tick(from: minute + 1, .forwards)
    }

    /// The last minute that fits and is not after `date`.
    ///
    /// - Returns: `nil` when none ever did, and beyond the years 1 to 9999.
    public func last(notAfter date: Date) -> Date? {
        guard let minute = Self.minute(of: date) else { return nil }
        return tick(from: minute, .backwards)
    }

    private enum Direction { case forwards, backwards }

    private static let minutesADay: Int64 = 1_440
    /// After 400 years the Gregorian calendar repeats, weekdays included: who found nothing by then never will.
    private static let cycleDays: Int64 = 146_097
    /// Years 1 to 9999, in minutes since 1970.
    private static let minuteRange: ClosedRange<Int64> = -1_035_593_280...4_223_371_679

    private static func minute(of date: Date) -> Int64? {
        let exact = (date.timeIntervalSince1970 / 60).rounded(.down)
        return Int64(exactly: exact).flatMap { minuteRange.contains($0) ? $0 : nil }
    }

    /// The nearest fitting minute from `start` on, `start` included.
    private func tick(from start: Int64, _ direction: Direction) -> Date? {
        let (startDay, startMinute) = Date.floorDivide(start, Self.minutesADay)
        var from = startMinute
        var day = startDay
        while abs(day - startDay) <= Self.cycleDays {
            let (_, month, dayOfMonth) = Date.civil(fromDays: day)
            let isMonth = months.contains(Int(month))
            if isMonth, fits(day: day, dayOfMonth: Int(dayOfMonth)), let minute = minuteOfDay(from: Int(from), direction) {
                return Self.date(day * Self.minutesADay + Int64(minute))
            }
            switch direction {
            case .forwards:
                // No month has fewer days: what is left of a month that does not fit is passed in a few steps.
                day += isMonth ? 1 : max(1, 29 - dayOfMonth)
                from = 0
            case .backwards:
                day -= isMonth ? 1 : dayOfMonth
                from = Self.minutesADay - 1
            }
        }
        return nil
    }

    private static func date(_ minute: Int64) -> Date? {
        minuteRange.contains(minute) ? Date(timeIntervalSince1970: Double(minute * 60)) : nil
    }

    /// Both days must fit; where neither field begins with `*`, one of them is enough.
    private func fits(day: Int64, dayOfMonth: Int) -> Bool {
        // 1970-01-01 was a Thursday.
        let weekday = Int(Date.floorDivide(day + 4, 7).1)
        let (isDay, isWeekday) = (days.contains(dayOfMonth), weekdays.contains(weekday))
        return anyDay || anyWeekday ? isDay && isWeekday : isDay || isWeekday
    }

    private func minuteOfDay(from start: Int, _ direction: Direction) -> Int? {
        let minutesOfDay = 0..<Int(Self.minutesADay)
        let isTick = { (minute: Int) in hours.contains(minute / 60) && minutes.contains(minute % 60) }
        return switch direction {
        case .forwards: (start..<minutesOfDay.upperBound).first(where: isTick)
        case .backwards: (0...start).last(where: isTick)
        }
    }
}
