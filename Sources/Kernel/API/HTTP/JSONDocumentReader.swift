/// Reads one JSON document (RFC 8259) that somebody sent: UTF-8, every member once, nested at most ``JSONValue/mostDepth`` deep.
///
/// By hand, and in time that grows with the length: Foundation's decoder throws and catches an error for each type that a
/// value is not, and took half a minute of a processor for a body of 64 kB. It also takes other encodings, and the last of
/// two members with one name, where whatever stands in front of this server may have looked at the first.
///
/// Generic only so that a test can count how often it looks at a byte.
struct JSONDocumentReader<Bytes: RandomAccessCollection<UInt8>> where Bytes.Index == Int {
    private let bytes: Bytes
    private let end: Int
    private var position: Int

    init(_ bytes: Bytes) {
        self.bytes = bytes
        (position, end) = (bytes.startIndex, bytes.endIndex)
    }

    /// - Returns: `nil` for anything but one document.
    mutating func document() -> JSONValue? {
        guard let value = value(depth: 0) else { return nil }
        skipSpace()
        return position == end ? value : nil
    }

    // MARK: Values

    private mutating func value(depth: Int) -> JSONValue? {
        skipSpace()
        guard depth <= JSONValue.mostDepth, let first = next else { return nil }
        switch first {
        case UInt8(ascii: "{"): return object(depth: depth + 1)
        case UInt8(ascii: "["): return array(depth: depth + 1)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return skip("true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return skip("false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return skip("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> JSONValue? {
        position += 1
        var members: [String: JSONValue] = [:]
        if isNext("}") { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\""), let key = string(), isNext(":"), let value = value(depth: depth),
                members.updateValue(value, forKey: key) == nil
            else { return nil }
        } while isNext(",")
        return isNext("}") ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> JSONValue? {
        position += 1
        var items: [JSONValue] = []
        if isNext("]") { return .array(items) }
        repeat {
            guard let value = value(depth: depth) else { return nil }
            items.append(value)
        } while isNext(",")
        return isNext("]") ? .array(items) : nil
    }

    // MARK: Numbers

    private mutating func number() -> JSONValue? {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        let isZero = next == UInt8(ascii: "0")
        let digits = skipDigits()
        guard digits == 1 || digits > 1 && !isZero else { return nil }
        var isWhole = true
        if next == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            guard skipDigits() > 0 else { return nil }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { return nil }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .integer(number) }
        guard let number = Double(text), number.isFinite else { return nil }
        // As far as each whole number has a double of its own.
        if !isWhole, abs(number) < 0x1p53, let whole = Int64(exactly: number) { return .integer(whole) }
        return .number(number)
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    // MARK: Texts

    private mutating func string() -> String? {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"): guard appendEscape(to: &text) else { return nil }
            case ..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func appendEscape(to text: inout [UInt8]) -> Bool {
        guard let letter = next else { return false }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = escapedScalar() else { return false }
            text += UTF8.encode(scalar).map { Array($0) } ?? []
        default: return false
        }
        return true
    }

    /// What follows `\u`; half of a surrogate pair is no character.
    private mutating func escapedScalar() -> Unicode.Scalar? {
        guard let first = hexadecimal() else { return nil }
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
        guard skip("\\u"), let second = hexadecimal(), (0xDC00..<0xE000).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func hexadecimal() -> UInt32? {
        guard end - position >= 4 else { return nil }
        var number: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            number = number << 4 + UInt32(digit)
        }
        position += 4
        return number
    }

    // MARK: Bytes

    private var next: UInt8? { position < end ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Skips this character, and space in front of it, if it comes next.
    private mutating func isNext(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skip(_ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            guard bytes[position...].starts(with: word) else { return false }
            position += word.count
            return true
        }
    }
}
