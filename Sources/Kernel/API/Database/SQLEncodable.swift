/// A value that can be bound to a parameter of a ``Statement`` or written by COPY, in PostgreSQL's binary format.
public protocol SQLEncodable: Sendable {
    static var sqlType: SQLType { get }
    /// True for SQL NULL; then ``encode(into:)`` is not called.
    var isSQLNull: Bool { get }
    /// Appends the value's binary representation, without its length.
    func encode(into bytes: inout [UInt8])
}

extension SQLEncodable {
    public var isSQLNull: Bool { false }
}

/// A value that can be an element of a PostgreSQL array.
public protocol SQLArrayElement: SQLEncodable {
    static var sqlArrayType: SQLType { get }
}

/// A value that can be read from a column of a ``Row``.
public protocol SQLDecodable: Sendable {
    /// - Parameters:
    ///   - bytes: the binary representation; `nil` is SQL NULL.
    ///   - type: the column's type as the server reported it.
    /// - Throws: ``SQLDecodingError``, which the row completes with statement and column.
    init(sql bytes: UnsafeRawBufferPointer?, type: SQLType) throws
}

/// Why a column could not be read as the wanted Swift type.
public struct SQLDecodingError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
