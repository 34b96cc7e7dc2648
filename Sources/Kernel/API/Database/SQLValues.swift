// Binary codecs of the SQL types that BattleScope uses; the layouts are those of PostgreSQL's *send and *recv functions.

public import struct Foundation.Date
public import struct Foundation.UUID

extension Bool: SQLArrayElement, SQLDecodable {
    public static var sqlType: SQLType { .bool }
    public static var sqlArrayType: SQLType { .boolArray }
    public func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws {
        let bytes = try present(bytes, as: "bool")
        guard type == .bool, bytes.count == 1 else { throw mismatch("bool", type) }
        self = bytes[0] != 0
    }
}

extension Int16: SQLArrayElement, SQLDecodable {
    public static var sqlType: SQLType { .int2 }
    public static var sqlArrayType: SQLType { .int2Array }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws { self = try integer(bytes, type) }
}

extension Int32: SQLArrayElement, SQLDecodable {
    public static var sqlType: SQLType { .int4 }
    public static var sqlArrayType: SQLType { .int4Array }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws { self = try integer(bytes, type) }
}

extension Int64: SQLArrayElement, SQLDecodable {
    public static var sqlType: SQLType { .int8 }
    public static var sqlArrayType: SQLType { .int8Array }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws { self = try integer(bytes, type) }
}

extension Int: SQLArrayElement, SQLDecodable {
    public static var sqlType: SQLType { .int8 }
    public static var sqlArrayType: SQLType { .int8Array }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(Int64(self)) }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws { self = try integer(bytes, type) }
}

extension Double: SQLArrayElement, SQLDecodable {
    public static var sqlType: SQLType { .float8 }
    public static var sqlArrayType: SQLType { .float8Array }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(bitPattern) }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws {
        let bytes = try present(bytes, as: "float8")
        switch (type, bytes.count) {
        case (.float8, 8): self = Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)))
        case (.float4, 4): self = Double(Float(bitPattern: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))))
        default: throw mismatch("float8", type)
        }
    }
}

extension String: SQLArrayElement, SQLDecodable {
    public static var sqlType: SQLType { .text }
    public static var sqlArrayType: SQLType { .textArray }
    public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws {
        let bytes = try present(bytes, as: "text")
        switch type {
        case .jsonb: self = String(decoding: bytes.dropFirst(), as: UTF8.self)  // one version byte comes first
        case .uuid, .int2, .int4, .int8, .bool, .timestamptz, .numeric, .bytea: throw mismatch("text", type)
        default: self = String(decoding: bytes, as: UTF8.self)  // text, varchar, name, json and every enum
        }
    }
}

extension Date: SQLArrayElement, SQLDecodable {
    /// 2000-01-01 00:00 UTC, PostgreSQL's zero, in seconds since 1970.
    private static let epoch = 946_684_800.0

    public static var sqlType: SQLType { .timestamptz }
    public static var sqlArrayType: SQLType { .timestamptzArray }
    /// What 64 bits cannot hold becomes PostgreSQL's `infinity` or `-infinity`, which are these bounds.
    public func encode(into bytes: inout [UInt8]) {
        let exact = ((timeIntervalSince1970 - Self.epoch) * 1_000_000).rounded()
        bytes.appendBigEndian(Int64(exactly: exact) ?? (exact < 0 ? .min : .max))
    }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws {
        let bytes = try present(bytes, as: "timestamptz")
        guard type == .timestamptz, bytes.count == 8 else { throw mismatch("timestamptz", type) }
        let microseconds = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        self = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000 + Self.epoch)
    }
}

extension UUID: SQLArrayElement, SQLDecodable {
    public static var sqlType: SQLType { .uuid }
    public static var sqlArrayType: SQLType { .uuidArray }
    public func encode(into bytes: inout [UInt8]) {
        withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
    }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws {
        let bytes = try present(bytes, as: "uuid")
        guard type == .uuid, bytes.count == 16 else { throw mismatch("uuid", type) }
        self = UUID(uuid: bytes.loadUnaligned(as: UUIDBytes.self))
    }
    private typealias UUIDBytes = (
        UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
    )
}

/// A byte string (`bytea`). A type of its own, because `[UInt8]` would read as an array of numbers.
public struct SQLBytes: SQLArrayElement, SQLDecodable, Hashable {
    public var bytes: [UInt8]
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    public static var sqlType: SQLType { .bytea }
    public static var sqlArrayType: SQLType { .byteaArray }
    public func encode(into target: inout [UInt8]) { target.append(contentsOf: bytes) }
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws {
        let bytes = try present(bytes, as: "bytea")
        guard type == .bytea else { throw mismatch("bytea", type) }
        self.bytes = Array(bytes)
    }
}

extension Optional: SQLEncodable where Wrapped: SQLEncodable {
    public static var sqlType: SQLType { Wrapped.sqlType }
    public var isSQLNull: Bool { self == nil }
    public func encode(into bytes: inout [UInt8]) { self?.encode(into: &bytes) }
}

extension Optional: SQLArrayElement where Wrapped: SQLArrayElement {
    public static var sqlArrayType: SQLType { Wrapped.sqlArrayType }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    public init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws {
        self = if bytes == nil { nil } else { try Wrapped(sql: bytes, type: type) }
    }
}

func present(_ bytes: UnsafeRawBufferPointer?, as wanted: String) throws -> UnsafeRawBufferPointer {
    guard let bytes else { throw SQLDecodingError("expected \(wanted), found NULL") }
    return bytes
}

func mismatch(_ wanted: String, _ type: SQLType) -> SQLDecodingError {
    SQLDecodingError("expected \(wanted), found the type with object id \(type.rawValue)")
}

/// Reads int2, int4 or int8 into any integer that can hold the value.
private func integer<Value: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer?, _ type: SQLType) throws -> Value {
    let bytes = try present(bytes, as: "an integer")
    let wide: Int64 =
        switch (type, bytes.count) {
        case (.int8, 8): Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case (.int4, 4): Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case (.int2, 2): Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        default: throw mismatch("an integer", type)
        }
    guard let value = Value(exactly: wide) else { throw SQLDecodingError("\(wide) does not fit \(Value.self)") }
    return value
}
