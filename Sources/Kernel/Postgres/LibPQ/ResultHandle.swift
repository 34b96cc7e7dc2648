import CLibPQ
import KernelAPI

/// A `PGresult` that nobody owns yet: ``event(statement:)`` or ``clear()`` must follow.
struct ResultHandle {
    let pointer: OpaquePointer

    func clear() { PQclear(pointer) }

    /// What this result means for the exchange; takes the result over.
    func event(statement: String) -> Exchange.Event {
        let status = PQresultStatus(pointer)
        if status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY {
            return .completed(ResultStorage(pointer))
        }
        defer { clear() }
        switch status {
        case PGRES_COPY_IN: return .copyIn
        case PGRES_COPY_OUT, PGRES_COPY_BOTH: return .copyOut
        case PGRES_PIPELINE_SYNC: return .synchronized
        case PGRES_PIPELINE_ABORTED: return .aborted
        default: return .failed(serverError(statement: statement))
        }
    }

    /// The server's error without its DETAIL, CONTEXT and QUERY, which can quote values.
    private func serverError(statement: String) -> DatabaseError {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(pointer, Int32(code.value)).map { String(cString: $0) }
        }
        let severity = field("V") ?? field("S")
        guard let sqlState = field("C") else {
            return DatabaseError(.unavailable, "the connection was lost", statement: statement)
        }
        let isFatal = severity == "FATAL" || severity == "PANIC"
        return DatabaseError(
            isFatal ? .unavailable : .server, field("M") ?? "no message", sqlState: sqlState, statement: statement,
            constraint: field("n"))
    }
}

/// Owns a complete `PGresult`.
///
/// Unchecked because libpq never changes a result after handing it over, and reading one from several threads is allowed.
final class ResultStorage: RowStorage, @unchecked Sendable {
    private let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        rowCount = Int(PQntuples(pointer))
        columnCount = Int(PQnfields(pointer))
    }

    deinit { PQclear(pointer) }

    var affectedRows: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    func type(ofColumn column: Int) -> SQLType { SQLType(rawValue: PQftype(pointer, Int32(column))) }

    func withCell<R>(row: Int, column: Int, _ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R {
        let (row, column) = (Int32(row), Int32(column))
        let length = Int(PQgetlength(pointer, row, column))
        if length == 0, PQgetisnull(pointer, row, column) == 1 { return try body(nil) }
        return try body(UnsafeRawBufferPointer(start: PQgetvalue(pointer, row, column), count: length))
    }
}
