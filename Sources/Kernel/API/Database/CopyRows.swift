/// Rows for COPY in PostgreSQL's binary format, built in memory, sent in one go.
public struct CopyRows: Sendable {
    /// The COPY statement's name in logs and errors.
    public let name: String
    /// The statement: `COPY table (columns) FROM STDIN (FORMAT binary)`.
    public let text: String
    public private(set) var count = 0
    /// The stream without its trailer, starting with the signature.
    public private(set) var bytes: [UInt8]

    /// - Parameters:
    ///   - name: shown in logs, metrics and errors.
    ///   - target: a literal `schema.table (column, column...)`.
    public init(_ name: StaticString, into target: StaticString) {
        self.name = name.description
        text = "COPY \(target) FROM STDIN (FORMAT binary)"
        bytes = Self.header
    }

    /// Appends a row; the values' types must be exactly those of the columns, binary COPY does not convert.
    public mutating func append<each Value: SQLEncodable>(_ values: repeat each Value) {
        var fields: UInt16 = 0
        let start = bytes.count
        bytes.append(contentsOf: [0, 0])
        func append<Field: SQLEncodable>(_ field: Field) {
            fields += 1
            bytes.appendSQLField(field)
        }
        repeat append(each values)
        bytes[start] = UInt8(fields >> 8)
        bytes[start + 1] = UInt8(truncatingIfNeeded: fields)
        count += 1
    }

    public var isEmpty: Bool { count == 0 }

    /// Ends the stream; the driver sends it last.
    public static let trailer: [UInt8] = [0xff, 0xff]

    private static let header: [UInt8] = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00] + [UInt8](repeating: 0, count: 8)
}

extension [UInt8] {
    /// Appends the four-byte length and the bytes of a value, or the length -1 for NULL: the form of COPY and of arrays.
    mutating func appendSQLField<Value: SQLEncodable>(_ value: Value) {
        guard !value.isSQLNull else { return append(contentsOf: [0xff, 0xff, 0xff, 0xff]) }
        let start = count
        append(contentsOf: [0, 0, 0, 0])
        value.encode(into: &self)
        let length = UInt32(count - start - 4)
        for shift in 0..<4 { self[start + shift] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(shift))) }
    }

    mutating func appendBigEndian<Value: FixedWidthInteger>(_ value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
