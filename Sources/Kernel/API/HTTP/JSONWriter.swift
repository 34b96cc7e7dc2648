public import struct Foundation.Date

/// Writes JSON straight into bytes.
///
/// Foundation's encoder is the slowest part of a simple answer; this writes what BattleScope's answers are made of and
/// nothing more. Keys come from the source code, so they are not escaped.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init() { bytes.reserveCapacity(512) }

    public mutating func object(_ build: (inout JSONWriter) -> Void) { nest("{", "}", build) }

    public mutating func array<Elements: Sequence>(
        _ elements: Elements, _ element: (inout JSONWriter, Elements.Element) -> Void
    ) {
        nest("[", "]") { writer in
            for item in elements { element(&writer, item) }
        }
    }

    public mutating func object(_ key: StaticString, _ build: (inout JSONWriter) -> Void) {
        self.key(key)
        object(build)
    }

    public mutating func array<Elements: Sequence>(
        _ key: StaticString, _ elements: Elements, _ element: (inout JSONWriter, Elements.Element) -> Void
    ) {
        self.key(key)
        array(elements, element)
    }

    public mutating func field(_ key: StaticString, _ value: String?) {
        self.key(key)
        self.value(value)
    }

    public mutating func field(_ key: StaticString, _ value: Int?) {
        self.key(key)
        self.value(value)
    }

    /// `null` also for what JSON has no number for.
    public mutating func field(_ key: StaticString, _ value: Double?) {
        self.key(key)
        raw(value.flatMap { $0.isFinite ? "\($0)" : nil } ?? "null")
    }

    public mutating func field(_ key: StaticString, _ value: Bool) {
        self.key(key)
        raw(value ? "true" : "false")
    }

    /// An id or another number too large for JavaScript: written as a string.
    public mutating func field(_ key: StaticString, id value: Int64?) {
        self.key(key)
        self.value(value.map { String($0) })
    }

    /// ISO 8601 in UTC; milliseconds only when there are any.
    public mutating func field(_ key: StaticString, _ value: Date?) {
        self.key(key)
        self.value(value?.iso8601)
    }

    /// A member whose name is not known at build time, such as a log line's context.
    public mutating func field(named name: String, _ value: String) { member(named: name) { $0.value(value) } }

    /// The same with any value, which `write` writes.
    public mutating func member(named name: String, _ write: (inout JSONWriter) -> Void) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
        write(&self)
    }

    public mutating func value(_ text: String?) {
        separate()
        if let text { string(text) } else { append("null") }
    }

    public mutating func value(_ number: Int?) { raw(number.map { String($0) } ?? "null") }

    public mutating func value(_ flag: Bool) { raw(flag ? "true" : "false") }

    private mutating func raw(_ text: String) {
        separate()
        append(text)
    }

    /// A member that is a JSON document already; `nil` is written as `null`.
    public mutating func field(_ key: StaticString, document: [UInt8]?) {
        self.key(key)
        separate()
        bytes.append(contentsOf: document ?? Array("null".utf8))
    }

    mutating func key(_ key: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func nest(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ build: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        build(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            // Almost always there is nothing to escape, and the text goes over in one piece.
            var written = 0
            for index in utf8.indices where Self.isEscaped(utf8[index]) {
                bytes.append(contentsOf: utf8[written..<index])
                escape(utf8[index])
                written = index + 1
            }
            bytes.append(contentsOf: utf8[written...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        if byte >= 0x20 {
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        } else {
            append("\\u00")
            bytes.append(Self.hexadecimal[Int(byte >> 4)])
            bytes.append(Self.hexadecimal[Int(byte & 15)])
        }
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)
}
