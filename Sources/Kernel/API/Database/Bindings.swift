/// The parameters of one execution of a statement, encoded back to back in one buffer.
public struct Bindings: Sendable {
    /// Where each parameter lies in ``bytes``; `nil` is SQL NULL.
    public private(set) var ranges: [Range<Int>?] = []
    public private(set) var types: [SQLType] = []
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public init<each Value: SQLEncodable>(_ values: repeat each Value) {
        repeat append(each values)
    }

    public mutating func append<Value: SQLEncodable>(_ value: Value) {
        types.append(Value.sqlType)
        if value.isSQLNull {
            ranges.append(nil)
        } else {
            let start = bytes.count
            value.encode(into: &bytes)
            ranges.append(start..<bytes.count)
        }
    }
}

/// A statement together with its parameters, ready to be run, alone or in a pipelined batch.
public struct BoundStatement: Sendable {
    public let statement: Statement
    public let bindings: Bindings

    public init<each Value: SQLEncodable>(_ statement: Statement, _ values: repeat each Value) {
        self.statement = statement
        self.bindings = Bindings(repeat each values)
    }

    public init(_ statement: Statement, bindings: Bindings) {
        self.statement = statement
        self.bindings = bindings
    }
}
