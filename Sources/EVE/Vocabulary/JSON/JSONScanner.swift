/// A pull parser for JSON in UTF-8: hands out what its caller asks for and skips the rest, without allocating.
///
/// It reads one text from front to back. Every byte it passes is checked against the grammar (RFC 8259), except the inside
/// of skipped strings, where only the end is looked for. The bytes must outlive the scanner: use it inside
/// `withUnsafeBytes`.
///
///     var scanner = JSONScanner(bytes)
///     try scanner.beginObject()
///     while let key = try scanner.nextKey() {
///         if key.is("sequence") { sequence = try scanner.integer() } else { try scanner.skipValue() }
///     }
///     try scanner.finish()
public struct JSONScanner {
    @usableFromInline let base: UnsafePointer<UInt8>
    @usableFromInline let end: Int
    /// Bytes read so far.
    public internal(set) var offset = 0
    /// How many containers are open.
    var depth = 0
    let maximumDepth: Int
    /// Nothing of the innermost container has been read yet, so that no comma is due. One flag is enough for all levels:
    /// an outer container has had an element as soon as an inner one was opened.
    private var isFirst = false

    /// What kind of value comes next.
    public enum Kind: Sendable {
        case object, array, string, number, bool, null
    }

    public init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = 64) {
        // An empty buffer may have no address; any address will do, since nothing is read from it.
        base = bytes.baseAddress.map { $0.assumingMemoryBound(to: UInt8.self) } ?? UnsafePointer(Self.nothing.utf8Start)
        end = bytes.count
        self.maximumDepth = maximumDepth
    }

    private static let nothing: StaticString = ""

    /// The next byte that is no white space, without consuming it.
    @inline(__always)
    mutating func peek() throws(JSONSyntaxError) -> UInt8 {
        while offset < end {
            let byte = base[offset]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { throw malformed() }
            offset += 1
        }
        throw JSONSyntaxError(kind: .truncated, offset: end)
    }

    public mutating func nextKind() throws(JSONSyntaxError) -> Kind {
        switch try peek() {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        default: throw malformed()
        }
    }

    // MARK: Containers

    public mutating func beginObject() throws(JSONSyntaxError) { try begin(UInt8(ascii: "{")) }
    public mutating func beginArray() throws(JSONSyntaxError) { try begin(UInt8(ascii: "[")) }

    @inline(__always)
    private mutating func begin(_ bracket: UInt8) throws(JSONSyntaxError) {
        guard try peek() == bracket else { throw try wrongType() }
        guard depth < maximumDepth else { throw JSONSyntaxError(kind: .tooDeep, offset: offset) }
        offset += 1
        depth += 1
        isFirst = true
    }

    /// The key of the next member, its value being next to read; `nil` at the end of the object, which is then left.
    @inline(__always)
    public mutating func nextKey() throws(JSONSyntaxError) -> Key? {
        guard try advance(closing: UInt8(ascii: "}")) else { return nil }
        guard try peek() == UInt8(ascii: "\"") else { throw malformed() }
        let key = try rawString()
        guard try peek() == UInt8(ascii: ":") else { throw malformed() }
        offset += 1
        return key
    }

    /// Whether the array has another element, which is then next to read; at its end the array is left.
    @inline(__always)
    public mutating func nextElement() throws(JSONSyntaxError) -> Bool {
        try advance(closing: UInt8(ascii: "]"))
    }

    /// Passes the comma before the next element, or the bracket that closes the container.
    @inline(__always)
    private mutating func advance(closing bracket: UInt8) throws(JSONSyntaxError) -> Bool {
        let byte = try peek()
        if byte == bracket {
            offset += 1
            depth -= 1
            isFirst = false
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw malformed() }
        offset += 1
        // A trailing comma would otherwise pass as the end of the container.
        guard try peek() != bracket else { throw malformed() }
        return true
    }

    /// Checks that nothing but white space is left.
    public mutating func finish() throws(JSONSyntaxError) {
        while offset < end {
            let byte = base[offset]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { throw malformed() }
            offset += 1
        }
    }

    // MARK: Errors

    func malformed() -> JSONSyntaxError {
        JSONSyntaxError(kind: offset < end ? .malformed : .truncated, offset: offset)
    }

    /// The error for a value of another kind; malformed if there is no value at all.
    mutating func wrongType() throws(JSONSyntaxError) -> JSONSyntaxError {
        _ = try nextKind()
        return JSONSyntaxError(kind: .unexpectedType, offset: offset)
    }
}
