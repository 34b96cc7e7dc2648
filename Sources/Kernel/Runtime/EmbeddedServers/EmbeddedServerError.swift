/// Why an embedded server cannot be had, in words for whoever started the program, with what to do about it.
public struct EmbeddedServerError: Error, Sendable, CustomStringConvertible {
    /// What a program may match on.
    public enum Code: String, Sendable {
        /// No PostgreSQL of a supported version, or none that fits the data folder.
        case notInstalled
        /// Another process owns the data folder.
        case alreadyRunning
        /// A folder cannot be made, entered or trusted.
        case folder
        /// The server's own programs failed: its message is included.
        case serverFailed
        /// The server did not answer within the deadline.
        case timedOut
    }

    /// What a program may match on.
    public let code: Code
    /// What happened; where the server said something, in its own words.
    public let message: String
    /// What to do about it.
    public let fix: String

    /// Safe to log: paths and the server's messages, never data or secrets.
    public var description: String { "\(message)\n\(fix)" }

    init(_ code: Code, _ message: String, fix: String) {
        self.code = code
        self.message = message
        self.fix = fix
    }
}
