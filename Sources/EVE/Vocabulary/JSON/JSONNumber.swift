/// A JSON number, exact: `digits * 10^exponent`.
public struct JSONNumber: Sendable, Hashable {
    public var isNegative: Bool
    /// The significant digits, at most 19.
    public var digits: UInt64
    public var exponent: Int
    /// Digits beyond the nineteenth were left out, and the first of them was 5 or more.
    public var roundsUp: Bool

    /// The value times 10^`places`, rounded half away from zero; `nil` when it does not fit.
    public func scaled(places: Int) -> Int64? {
        guard digits != 0 else { return 0 }
        let shift = exponent + places
        let magnitude: UInt64
        if shift >= 0 {
            guard shift < 20 else { return nil }
            let (product, overflow) = (roundsUp && shift == 0 ? digits + 1 : digits).multipliedReportingOverflow(
                by: Self.powers[shift])
            guard !overflow else { return nil }
            magnitude = product
        } else if shift > -20 {
            let power = Self.powers[-shift]
            magnitude = digits / power + (digits % power >= power / 2 ? 1 : 0)
        } else {
            magnitude = 0
        }
        guard magnitude <= UInt64(Int64.max) else { return nil }
        return isNegative ? -Int64(magnitude) : Int64(magnitude)
    }

    /// The value if it is a whole number that fits; `1e3` and `7.0` are whole.
    public var whole: Int64? {
        guard digits != 0 else { return 0 }
        guard exponent < 0 else { return roundsUp ? nil : scaled(places: 0) }
        guard exponent > -20, digits % Self.powers[-exponent] == 0 else { return nil }
        return scaled(places: 0)
    }

    private static let powers: [UInt64] = (0..<20).map { exponent in (0..<exponent).reduce(1) { power, _ in power * 10 } }
}

extension JSONScanner {
    /// Reads a number of any form.
    public mutating func number() throws(JSONSyntaxError) -> JSONNumber {
        guard try nextKind() == .number else { throw JSONSyntaxError(kind: .unexpectedType, offset: offset) }
        var number = JSONNumber(isNegative: isAt(UInt8(ascii: "-")), digits: 0, exponent: 0, roundsUp: false)
        if number.isNegative { offset += 1 }
        var count = 0
        if isAt(UInt8(ascii: "0")) {
            offset += 1
        } else {
            try readDigits(into: &number, count: &count, isFraction: false)
        }
        if isAt(UInt8(ascii: ".")) {
            offset += 1
            try readDigits(into: &number, count: &count, isFraction: true)
        }
        if isAt(UInt8(ascii: "e")) || isAt(UInt8(ascii: "E")) {
            offset += 1
            number.exponent += try readExponent()
        }
        return number
    }

    /// Reads a number that should be whole; `nil` if it has a fraction or is too large.
    @inline(__always)
    public mutating func integer() throws(JSONSyntaxError) -> Int64? {
        _ = try peek()
        let start = offset
        var value: Int64 = 0
        // Up to 18 digits cannot overflow; anything unusual takes the general way.
        let limit = min(offset + 18, end)
        while offset < limit {
            let digit = base[offset] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = value &* 10 &+ Int64(digit)
            offset += 1
        }
        if offset > start, offset < end, base[start] != UInt8(ascii: "0") {
            let next = base[offset]
            if next == UInt8(ascii: ",") || next == UInt8(ascii: "}") || next == UInt8(ascii: "]") { return value }
        }
        offset = start
        return try number().whole
    }

    private mutating func readDigits(into number: inout JSONNumber, count: inout Int, isFraction: Bool) throws(JSONSyntaxError) {
        let start = offset
        while offset < end {
            let digit = base[offset] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            if count < 19 {
                number.digits = number.digits &* 10 &+ UInt64(digit)
                if number.digits != 0 { count += 1 }
                if isFraction { number.exponent -= 1 }
            } else {
                if count == 19 { number.roundsUp = digit >= 5 }
                count += 1
                if !isFraction { number.exponent += 1 }
            }
            offset += 1
        }
        guard offset > start else { throw malformed() }
    }

    /// The exponent, cut off where it no longer matters.
    private mutating func readExponent() throws(JSONSyntaxError) -> Int {
        let isNegative = isAt(UInt8(ascii: "-"))
        if isNegative || isAt(UInt8(ascii: "+")) { offset += 1 }
        let start = offset
        var value = 0
        while offset < end {
            let digit = base[offset] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            if value < 100_000 { value = value * 10 + Int(digit) }
            offset += 1
        }
        guard offset > start else { throw malformed() }
        return isNegative ? -value : value
    }
}
