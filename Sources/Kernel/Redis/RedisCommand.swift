/// A command: a name from the source text, which also names it in metrics and errors, and arguments, which never show.
public struct RedisCommand: Sendable, CustomStringConvertible {
    /// `GET`; words of a container command are separated by spaces: `CLIENT SETNAME`.
    public let name: String
    /// The words of the name and the arguments, one after the other.
    let bytes: [UInt8]
    /// As many as there are words and arguments.
    let lengths: [Int]

    public init(_ name: StaticString, _ arguments: RedisArgument...) {
        self.init(name, arguments: arguments)
    }

    public init(_ name: StaticString, arguments: [RedisArgument]) {
        self.name = name.description.uppercased()
        var bytes: [UInt8] = []
        var lengths: [Int] = []
        lengths.reserveCapacity(arguments.count + 1)
        for word in self.name.utf8.split(separator: UInt8(ascii: " ")) {
            bytes.append(contentsOf: word)
            lengths.append(word.count)
        }
        for argument in arguments {
            let start = bytes.count
            argument.append(to: &bytes)
            lengths.append(bytes.count - start)
        }
        self.bytes = bytes
        self.lengths = lengths
    }

    /// Without the arguments.
    public var description: String { "\(name) with \(lengths.count - 1) arguments" }

    /// One connection is shared by everybody: what waits on the server, changes how it answers or which database it uses has no
    /// place there. Subscriptions have connections of their own.
    var isForShared: Bool {
        !Self.notForShared.contains(name) && (!name.hasPrefix("CLIENT ") || Self.harmless.contains(name))
    }

    private static let harmless: Set<String> = ["CLIENT ID", "CLIENT INFO", "CLIENT KILL", "CLIENT LIST"]

    private static let notForShared: Set<String> = [
        "AUTH", "BLMOVE", "BLMPOP", "BLPOP", "BRPOP", "BRPOPLPUSH", "BZMPOP", "BZPOPMAX", "BZPOPMIN", "DISCARD", "EXEC", "HELLO",
        "MONITOR", "MULTI", "PSUBSCRIBE", "PSYNC", "PUNSUBSCRIBE", "QUIT", "RESET", "SELECT", "SHUTDOWN", "SSUBSCRIBE",
        "SUBSCRIBE", "SUNSUBSCRIBE", "SYNC", "UNSUBSCRIBE", "UNWATCH", "WAIT", "WATCH", "XREAD", "XREADGROUP",
    ]
}

/// One argument: `"literal"`, `"prefix:\(id)"`, `42`, `.text(name)`, `.bytes(payload)`.
public enum RedisArgument: Sendable, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    case text(String)
    case bytes([UInt8])
    case integer(Int)

    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }

    func append(to bytes: inout [UInt8]) {
        switch self {
        case .text(let text): bytes.append(contentsOf: text.utf8)
        case .bytes(let more): bytes.append(contentsOf: more)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        }
    }
}
