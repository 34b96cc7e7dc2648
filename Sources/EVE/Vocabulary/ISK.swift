/// An amount of ISK, EVE's money, exact to the hundredth as zKillboard gives it.
public struct ISK: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Hundredths of an ISK. The largest battle yet was 3 * 10^13 ISK; this holds 9 * 10^16.
    public let hundredths: Int64

    public init(hundredths: Int64) { self.hundredths = hundredths }
    public init(whole: Int64) { hundredths = whole * 100 }

    public static let zero = ISK(hundredths: 0)
    public static func < (left: ISK, right: ISK) -> Bool { left.hundredths < right.hundredths }
    public static func + (left: ISK, right: ISK) -> ISK { ISK(hundredths: left.hundredths + right.hundredths) }
    public static func += (left: inout ISK, right: ISK) { left = left + right }

    /// Decimal digits, with two decimals only when there are any: `130257865`, `16107.17`.
    public var description: String {
        let (whole, part) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        return part == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(part < 10 ? "0" : "")\(part)"
    }
}
