/// An exact decimal (`numeric`): `unscaled / 10^scale`. ISK sums travel as this, never as floating point.
public struct SQLDecimal: SQLArrayElement, SQLDecodable, Hashable {
    public let unscaled: Int64
    /// Digits after the point, 0 to 4.
    public let scale: Int

    public init(unscaled: Int64, scale: Int) {
        precondition((0...4).contains(scale), "a scale of 0 to 4 digits is supported")
        self.unscaled = unscaled
        self.scale = scale
    }

    public static var sqlType: SQLType { .numeric }
    public static var sqlArrayType: SQLType { .numericArray }

    /// Four int16 (digit count, weight of the first digit, sign, display scale), then digits to the base of 10,000.
    public func encode(into bytes: inout [UInt8]) {
        // Shift the point to a whole number of base-10,000 digits: one digit behind it holds up to four decimals.
        var padded = unscaled.magnitude.multipliedFullWidth(by: UInt64(Self.power(4 - scale)))
        var digits: [Int16] = []
        while padded.high != 0 || padded.low != 0 {
            let (highQuotient, highRemainder) = padded.high.quotientAndRemainder(dividingBy: 10_000)
            let (quotient, remainder) = UInt64(10_000).dividingFullWidth((highRemainder, padded.low))
            digits.append(Int16(remainder))
            padded = (highQuotient, quotient)
        }
        let weight = digits.count - 2  // the least significant digit has weight -1
        let significant = digits.drop { $0 == 0 }
        bytes.appendBigEndian(Int16(significant.count))
        bytes.appendBigEndian(Int16(significant.isEmpty ? 0 : weight))
        bytes.appendBigEndian(UInt16(unscaled < 0 ? 0x4000 : 0))
        bytes.appendBigEndian(Int16(scale))
        for digit in significant.reversed() { bytes.appendBigEndian(digit) }
    }

    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws {
        let bytes = try present(bytes, as: "numeric")
        guard type == .numeric, bytes.count >= 8 else { throw mismatch("numeric", type) }
        func half(_ index: Int) -> Int16 { Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: Int16.self)) }
        let (count, weight, sign, scale) = (Int(half(0)), Int(half(1)), UInt16(bitPattern: half(2)), Int(half(3)))
        guard sign == 0 || sign == 0x4000 else { throw SQLDecodingError("numeric is NaN or infinite") }
        guard (0...4).contains(scale), bytes.count == 8 + 2 * count else {
            throw SQLDecodingError("numeric with \(scale) decimals, at most 4 are supported")
        }
        // Twice as wide while it holds four decimals more than wanted.
        var value: Int128 = 0
        for position in 0..<max(0, weight + 2) {  // down to weight -1: four decimals
            let digit = position < count ? Int128(half(4 + position)) : 0
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10_000)
            guard !overflow else { throw SQLDecodingError("numeric does not fit 64 bits") }
            value = shifted + digit
        }
        guard let unscaled = Int64(exactly: (sign == 0 ? value : -value) / Int128(Self.power(4 - scale))) else {
            throw SQLDecodingError("numeric does not fit 64 bits")
        }
        self.init(unscaled: unscaled, scale: scale)
    }

    private static func power(_ exponent: Int) -> Int64 { (0..<exponent).reduce(1) { result, _ in result * 10 } }
}
