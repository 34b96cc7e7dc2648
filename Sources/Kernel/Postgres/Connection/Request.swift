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
    /// True outside a transaction's scope and for COMMIT: what is sent is committed without another word.
    var commits = false
    /// False for COMMIT and ROLLBACK, which a cancelled task must still be able to send.
    var isCancellable = true

    /// Whether the loss of the connection leaves it unknown if something was committed.
    ///
    /// A guess from the statements' first words, on the safe side: `WITH` may write. Looked at only when it matters.
    var mayHaveCommitted: Bool {
        guard commits, case .statements(let batch) = kind else { return commits }
        return !batch.allSatisfy(\.statement.onlyReads)
    }
}

extension Statement {
    /// A SELECT that writes through a function must expect `unavailable` where `commitUnknown` would be right.
    fileprivate var onlyReads: Bool {
        let word = text.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }
        return ["SELECT", "VALUES", "SHOW", "TABLE"].contains(word.uppercased())
    }
}

extension IsolationLevel {
    var beginText: String { "BEGIN ISOLATION LEVEL \(rawValue)" }
}
