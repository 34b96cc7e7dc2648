import Foundation
import Synchronization

/// The time as HTTP's `Date` field has it: `Sun, 06 Nov 1994 08:49:37 GMT`. Made once a second.
final class HTTPDate: Sendable {
    private let last = Mutex<(second: Int, text: [UInt8])>((Int.min, []))

    var bytes: [UInt8] {
        let now = time(nil)
        return last.withLock { last in
            if last.second != now { last = (now, Self.format(now)) }
            return last.text
        }
    }

    /// - Parameter second: since 1970.
    static func format(_ second: Int) -> [UInt8] {
        var time = time_t(second)
        var parts = tm()
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        let text =
            "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
        return Array(text.utf8)
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
