import KernelAPI

/// What a caller wants from a connection, in one go.
struct Request: Sendable {
    enum Kind: Sendable {
        /// Prepared statements; more than one share a flight.
        case statements([BoundStatement])
        /// Text of one or more statements without parameters, in the simple protocol.
        case simple(String)
        case copy(CopyRows)
    }

    /// Shown in errors when no single statement is to blame.
    let name: String
    let kind: Kind
    /// A transaction to be begun in the same flight.
    var begin: IsolationLevel?
    /// Whether the loss of the connection leaves it unknown if something was committed.
    var commits = false
    /// False for COMMIT and ROLLBACK, which a cancelled task must still be able to send.
    var isCancellable = true
}

extension IsolationLevel {
    var beginText: String { "BEGIN ISOLATION LEVEL \(rawValue)" }
}
