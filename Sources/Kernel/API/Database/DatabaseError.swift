/// What went wrong between BattleScope and PostgreSQL. `description` is safe to log: it never holds parameters.
public struct DatabaseError: Error, CustomStringConvertible, Sendable {
    public enum Code: String, Sendable {
        /// No connection could be made, or it was lost before anything was committed.
        case unavailable
        /// Every connection was in use for longer than the pool's deadline.
        case poolExhausted
        /// The server refused the statement; see ``DatabaseError/sqlState``.
        case server
        /// The connection was lost while a commit was under way: it may or may not have happened.
        case commitUnknown
        /// The statement ran into its deadline and was cancelled.
        case timeout
        /// A column did not hold what the code expects.
        case decoding
        /// The driver was used or answered in a way that cannot be.
        case protocolViolation
    }

    public let code: Code
    public let message: String
    /// The five-character SQLSTATE, when the server answered with an error.
    public let sqlState: String?
    /// The failing statement's or transaction's name.
    public let statement: String?
    /// The violated constraint's name, when there is one.
    public let constraint: String?
    public let file: String
    public let line: Int

    public init(
        _ code: Code, _ message: String, sqlState: String? = nil, statement: String? = nil, constraint: String? = nil,
        file: String = #fileID, line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.statement = statement
        self.constraint = constraint
        self.file = file
        self.line = line
    }

    public var description: String {
        var parts = ["database \(code.rawValue)"]
        if let sqlState { parts.append("SQLSTATE \(sqlState)") }
        if let statement { parts.append("statement \(statement)") }
        if let constraint { parts.append("constraint \(constraint)") }
        return parts.joined(separator: ", ") + ": " + message
    }

    /// True when the same work can succeed if it is tried again: nothing is known to have been committed.
    public var isTransient: Bool {
        switch code {
        case .unavailable, .poolExhausted, .commitUnknown, .timeout: true
        case .decoding, .protocolViolation: false
        case .server:
            // 40: transaction rollback, 53: insufficient resources, 57: operator intervention, 58: system error,
            // 55P03: lock not available, 25006: read-only while failing over.
            sqlState.map { ["40", "53", "57", "58"].contains($0.prefix(2)) || $0 == "55P03" || $0 == "25006" } ?? false
        }
    }
}
