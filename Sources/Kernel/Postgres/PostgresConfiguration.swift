import CLibPQ
import KernelAPI

/// Where the database is and how patient the driver is. Printing it never shows the password.
public struct PostgresConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// libpq's keywords and values.
    let options: [String: String]
    /// The pool's width; listeners are on top.
    public var maximumConnections = 10
    /// How many may wait for a connection; one more is refused at once.
    public var maximumWaiters = 1_000
    /// For name resolution, TCP, TLS and authentication together.
    public var connectDeadline: Duration = .seconds(5)
    /// How long to wait for a free connection.
    public var poolWaitDeadline: Duration = .seconds(5)
    /// After this a statement is cancelled on the server; `nil` lets it run.
    public var statementDeadline: Duration? = .seconds(30)
    /// How long to wait for a cancelled statement's answer before the connection is given up.
    public var cancelDeadline: Duration = .seconds(5)
    /// Shown in `pg_stat_activity`.
    public var applicationName = "battlescope"

    /// - Parameter url: `postgres://user:password@host:port/database?key=value`, a socket's directory as `?host=/directory`,
    ///   or libpq's `key=value key=value`.
    /// - Throws: ``DatabaseError`` that says what is wrong, without quoting what could be a password.
    public init(url: String) throws {
        var reason: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(url, &reason) else {
            defer { PQfreemem(reason) }
            let text = reason.map { String(cString: $0) } ?? "out of memory"
            throw DatabaseError(.protocolViolation, "the database URL is wrong: \(Self.withoutQuotes(text))")
        }
        defer { PQconninfoFree(parsed) }
        var options: [String: String] = [:]
        var entry = parsed
        while let keyword = entry.pointee.keyword {
            if let value = entry.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            entry += 1
        }
        for port in (options["port"] ?? "").split(separator: ",") where UInt16(port) == nil {
            throw DatabaseError(.protocolViolation, "the database URL is wrong: the port is not a number from 0 to 65535")
        }
        if let name = options["application_name"] { applicationName = name }
        self.options = options
    }

    /// What to show in logs and in `battlescope config`.
    public var redactedDescription: String {
        options.sorted { $0.key < $1.key }
            .map { key, value in "\(key)=\(Self.secrets.contains(key) ? "***" : value)" }
            .joined(separator: " ")
    }

    public var description: String { redactedDescription }
    public var debugDescription: String { redactedDescription }

    private static let secrets: Set<String> = ["password", "sslpassword", "passfile", "sslkey"]

    /// libpq quotes the part that it does not understand, and that may be a piece of the password.
    private static func withoutQuotes(_ text: String) -> String {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().map { $0.isMultiple(of: 2) ? String($1) : "\"...\"" }.joined()
            .split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}

extension PostgresConfiguration: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: ["options": redactedDescription]) }
}
