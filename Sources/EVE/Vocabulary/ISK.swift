/// An amount of ISK, EVE's money, exact to the hundredth as zKillboard gives it.
///
/// Sums stop at the ends of the range instead of trapping: an absurd estimate of somebody else's must not end the program.
public struct ISK: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Hundredths of an ISK. The largest battle yet was 3 * 10^13 ISK; this holds 9 * 10^16.
    public let hundredths: Int64

    public init(hundredths: Int64) { self.hundredths = hundredths }
    public init(whole: Int64) {
        let (product, overflow) = whole.multipliedReportingOverflow(by: 100)
        hundredths = overflow ? (whole < 0 ? .min : .max) : product
    }

    public static let zero = ISK(hundredths: 0)
    /// The largest amount believed of a single killmail.
    public static let greatest = ISK(whole: 90_000_000_000_000_000)

    public static func < (left: ISK, right: ISK) -> Bool { left.hundredths < right.hundredths }
    public static func + (left: ISK, right: ISK) -> ISK {
        let (sum, overflow) = left.hundredths.addingReportingOverflow(right.hundredths)
        return ISK(hundredths: overflow ? (left.hundredths < 0 ? .min : .max) : sum)
    }
    public static func += (left: inout ISK, right: ISK) { left = left + right }

    /// Decimal digits, with two decimals only when there are any: `130257865`, `16107.17`.
    public var description: String {
        let (whole, part) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        return part == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(part < 10 ? "0" : "")\(part)"
    }
}
