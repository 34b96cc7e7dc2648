import KernelAPI

/// A result without a server.
final class MemoryRows: RowStorage {
    private let types: [SQLType]
    private let rows: [[[UInt8]?]]

    init(types: [SQLType], rows: [[[UInt8]?]]) {
        self.types = types
        self.rows = rows
    }

    var rowCount: Int { rows.count }
    var columnCount: Int { types.count }
    var affectedRows: Int { rows.count }
    func type(ofColumn column: Int) -> SQLType { types[column] }
    func withCell<R>(row: Int, column: Int, _ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R {
        guard let cell = rows[row][column] else { return try body(nil) }
        return try cell.withUnsafeBytes { try body($0) }
    }
}
