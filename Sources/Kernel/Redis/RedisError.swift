/// What went wrong between BattleScope and Redis. `description` is safe to log: it never holds keys, arguments or passwords.
public struct RedisError: Error, CustomStringConvertible, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// There is no connection; nothing was sent.
        case unavailable
        /// The connection was lost before the answer came: the command may or may not have been carried out.
        case connectionLost
        /// No answer within the deadline: the command may or may not have been carried out.
        case timeout
        /// Too many commands, or too many bytes of them, wait for their answers; nothing was sent.
        case overloaded
        /// A command or a reply beyond the limits.
        case tooLarge
        /// The server answered with an error; see ``RedisError/serverCode``.
        case server
        /// A reply was not of the kind that the code expects.
        case decoding
        /// The client was used, or the server answered, in a way that cannot be.
        case protocolViolation
    }

    public let code: Code
    public let message: String
    /// The first word of the server's error: `WRONGTYPE`, `NOSCRIPT`, `OOM`.
    public let serverCode: String?
    /// The failing command's name.
    public let command: String?
    public let file: String
    public let line: Int

    public init(
        _ code: Code, _ message: String, serverCode: String? = nil, command: String? = nil, file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.serverCode = serverCode
        self.command = command
        self.file = file
        self.line = line
    }

    public var description: String {
        let subject = command.map { "redis \(code.rawValue), command \($0)" } ?? "redis \(code.rawValue)"
        return "\(subject): \(message)"
    }

    /// True when the same command can succeed if it is tried again.
    public var isTransient: Bool {
        switch code {
        case .unavailable, .connectionLost, .timeout, .overloaded: true
        case .tooLarge, .decoding, .protocolViolation: false
        case .server: serverCode.map(Self.transientServerCodes.contains) ?? false
        }
    }

    private static let transientServerCodes: Set<String> = [
        "LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "READONLY", "OOM",
    ]
}

extension RedisError {
    /// An error reply. The server quotes keys and arguments in its messages: they are taken out.
    static func server(
        _ text: String, command: String? = nil, file: String = #fileID, line: Int = #line
    ) -> RedisError {
        let first = text.prefix { $0 != " " && !$0.isNewline }
        let isCode = !first.isEmpty && first.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
        return RedisError(
            .server, withoutValues(text), serverCode: isCode ? String(first.prefix(32)) : nil, command: command, file: file,
            line: line)
    }

    /// At most 200 characters on one line, with `'...'` where the server quotes.
    static func withoutValues(_ text: String) -> String {
        var kept = ""
        var quote: Character?
        for character in text.prefix(1_000) {
            if let open = quote {
                if character == open {
                    kept.append("...\(open)")
                    quote = nil
                }
            } else {
                if character == "'" || character == "`" || character == "\"" { quote = character }
                kept.append(character.isNewline ? " " : character)
            }
        }
        if let arguments = kept.firstRange(of: ", with args beginning with") { kept.removeSubrange(arguments.lowerBound...) }
        return String(kept.prefix(200))
    }
}
