/// What a driver hands over: the cells of one result, all in binary format.
///
/// Implementations own the memory; the closure must not let the pointer escape.
public protocol RowStorage: AnyObject, Sendable {
    var rowCount: Int { get }
    var columnCount: Int { get }
    /// Rows inserted, updated or deleted, or the rows returned.
    var affectedRows: Int { get }
    func type(ofColumn column: Int) -> SQLType
    func withCell<R>(row: Int, column: Int, _ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R
}

/// The rows that a statement returned.
public struct Rows: Sendable, RandomAccessCollection {
    let storage: any RowStorage
    let statement: String

    public init(storage: any RowStorage, statement: String) {
        self.storage = storage
        self.statement = statement
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { storage.rowCount }
    public var affectedRows: Int { storage.affectedRows }
    public subscript(position: Int) -> Row { Row(storage: storage, index: position, statement: statement) }

    /// The single value of a one-row, one-column answer.
    public func scalar<Value: SQLDecodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard let row = first else {
            throw DatabaseError(.decoding, "\(statement) returned no row, one was expected", statement: statement)
        }
        return try row.decode(0)
    }
}

/// One row of a result.
public struct Row: Sendable {
    let storage: any RowStorage
    let index: Int
    let statement: String

    public var columnCount: Int { storage.columnCount }

    /// Reads a column by position.
    ///
    /// - Throws: ``DatabaseError`` with code `decoding` naming the statement and the column.
    public func decode<Value: SQLDecodable>(_ column: Int, as type: Value.Type = Value.self) throws -> Value {
        guard column < storage.columnCount else {
            throw DatabaseError(
                .decoding, "\(statement) has \(storage.columnCount) columns, column \(column) was read", statement: statement)
        }
        do {
            return try storage.withCell(row: index, column: column) {
                try Value(sql: $0, type: storage.type(ofColumn: column))
            }
        } catch let error as SQLDecodingError {
            throw DatabaseError(.decoding, "column \(column) of \(statement): \(error)", statement: statement)
        }
    }

    /// Reads the columns one after the other.
    public var columns: RowReader { RowReader(row: self) }
}

/// Reads a row's columns in order: `var columns = row.columns; let id: Int64 = try columns.next()`.
public struct RowReader {
    let row: Row
    var position = 0

    init(row: Row) { self.row = row }

    public mutating func next<Value: SQLDecodable>(_ type: Value.Type = Value.self) throws -> Value {
        defer { position += 1 }
        return try row.decode(position)
    }
}
