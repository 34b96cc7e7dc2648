// One-dimensional PostgreSQL arrays: int32 dimensions, int32 has-nulls, int32 element type, then per dimension int32
// length and int32 lower bound, then each element with its length.

extension Array: SQLEncodable where Element: SQLArrayElement {
    public static var sqlType: SQLType { Element.sqlArrayType }

    public func encode(into bytes: inout [UInt8]) {
        bytes.appendBigEndian(Int32(isEmpty ? 0 : 1))
        bytes.appendBigEndian(Int32(contains { $0.isSQLNull } ? 1 : 0))
        bytes.appendBigEndian(Element.sqlType.rawValue)
        guard !isEmpty else { return }
        bytes.appendBigEndian(Int32(count))
        bytes.appendBigEndian(Int32(1))
        for element in self { bytes.appendSQLField(element) }
    }
}

extension Array: SQLDecodable where Element: SQLDecodable {
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws {
        var cursor = ArrayCursor(bytes: try present(bytes, as: "an array"))
        let dimensions = try cursor.next()
        _ = try cursor.next()  // has nulls: each element says so itself
        let elementType = SQLType(rawValue: UInt32(bitPattern: try cursor.next()))
        guard dimensions > 0 else {
            self = []
            return
        }
        guard dimensions == 1 else { throw SQLDecodingError("expected an array of one dimension, found \(dimensions)") }
        let count = try cursor.next()
        _ = try cursor.next()  // lower bound
        self = try (0..<Swift.max(0, Int(count))).map { _ in
            try Element(sql: try cursor.field(), type: elementType)
        }
    }
}

private struct ArrayCursor {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() throws -> Int32 {
        guard offset + 4 <= bytes.count else { throw SQLDecodingError("the array ends early") }
        defer { offset += 4 }
        return Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }

    mutating func field() throws -> UnsafeRawBufferPointer? {
        let length = Int(try next())
        guard length >= 0 else { return nil }
        guard offset + length <= bytes.count else { throw SQLDecodingError("the array ends early") }
        defer { offset += length }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
    }
}
