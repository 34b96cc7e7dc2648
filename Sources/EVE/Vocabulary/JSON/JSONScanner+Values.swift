#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension JSONScanner {
    /// The bytes between the quotes of a string, as written; valid as long as the scanned bytes.
    public struct Key {
        let bytes: UnsafeBufferPointer<UInt8>
        let hasEscapes: Bool

        /// Compares with a literal.
        @inline(__always)
        public func `is`(_ literal: StaticString) -> Bool {
            if bytes.count == literal.utf8CodeUnitCount,
                memcmp(bytes.baseAddress.unsafelyUnwrapped, literal.utf8Start, literal.utf8CodeUnitCount) == 0
            {
                return true
            }
            return hasEscapes && string == literal.description
        }

        /// The text, with escapes resolved and broken UTF-8 repaired.
        public var string: String {
            hasEscapes ? JSONScanner.unescaped(bytes) : String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Reads a string without resolving its escapes.
    @inline(__always)
    mutating func rawString() throws(JSONSyntaxError) -> Key {
        guard try peek() == UInt8(ascii: "\"") else { throw try wrongType() }
        offset += 1
        let start = offset
        var hasEscapes = false
        while offset < end {
            let byte = base[offset]
            if byte == UInt8(ascii: "\"") {
                let bytes = UnsafeBufferPointer(start: base + start, count: offset - start)
                offset += 1
                return Key(bytes: bytes, hasEscapes: hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                offset += 1
            } else if byte < 0x20 {
                throw malformed()
            }
            offset += 1
        }
        offset = end
        throw malformed()
    }

    public mutating func string() throws(JSONSyntaxError) -> String { try rawString().string }

    public mutating func bool() throws(JSONSyntaxError) -> Bool {
        switch try peek() {
        case UInt8(ascii: "t"):
            try word("true")
            return true
        case UInt8(ascii: "f"):
            try word("false")
            return false
        default: throw try wrongType()
        }
    }

    /// Passes a `null` if one is next.
    @inline(__always)
    public mutating func skipNull() throws(JSONSyntaxError) -> Bool {
        guard try peek() == UInt8(ascii: "n") else { return false }
        try word("null")
        return true
    }

    func isAt(_ byte: UInt8) -> Bool { offset < end && base[offset] == byte }

    private mutating func word(_ literal: StaticString) throws(JSONSyntaxError) {
        for index in 0..<literal.utf8CodeUnitCount {
            guard isAt(literal.utf8Start[index]) else { throw malformed() }
            offset += 1
        }
    }

    /// Passes a value of any kind.
    public mutating func skipValue() throws(JSONSyntaxError) {
        switch try peek() {
        case UInt8(ascii: "\""): _ = try rawString()
        case UInt8(ascii: "{"):
            try beginObject()
            while try nextKey() != nil { try skipValue() }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try skipValue() }
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
        case UInt8(ascii: "n"): try word("null")
        default: _ = try number()
        }
    }

    /// Resolves escapes; a half of a surrogate pair or an unknown escape becomes U+FFFD.
    static func unescaped(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        var units: [UInt8] = []
        units.reserveCapacity(bytes.count)
        var index = 0
        var highSurrogate: UInt32?
        func append(_ value: UInt32) {
            units.append(contentsOf: String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
        }
        func flush() {
            if highSurrogate != nil { append(0xFFFD) }
            highSurrogate = nil
        }
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                flush()
                units.append(bytes[index])
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            guard escape == UInt8(ascii: "u") else {
                flush()
                append(simpleEscape(escape))
                continue
            }
            let digits = bytes[index..<min(index + 4, bytes.count)]
            let unit = digits.count == 4 ? UInt32(String(decoding: digits, as: UTF8.self), radix: 16) : nil
            index += digits.count
            if let high = highSurrogate, let unit, (0xDC00...0xDFFF).contains(unit) {
                highSurrogate = nil
                append(0x10000 + (high - 0xD800) << 10 + (unit - 0xDC00))
            } else {
                flush()
                if let unit, (0xD800...0xDBFF).contains(unit) { highSurrogate = unit } else { append(unit ?? 0xFFFD) }
            }
        }
        flush()
        return String(decoding: units, as: UTF8.self)
    }

    private static func simpleEscape(_ byte: UInt8) -> UInt32 {
        switch byte {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): UInt32(byte)
        default: 0xFFFD
        }
    }
}
