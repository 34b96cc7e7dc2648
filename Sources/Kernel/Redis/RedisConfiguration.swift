/// Where Redis is and how patient the client is. Printing it never shows the password.
public struct RedisConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    let endpoint: RedisEndpoint
    /// For name resolution, TCP, TLS and authentication together.
    public var connectDeadline: Duration = .seconds(5)
    /// How long a command may go unanswered. Then the connection is given up, with everything that waits on it: answers come in
    /// order, so all others are late too.
    public var commandDeadline: Duration = .seconds(1)
    /// How many commands may wait for their answers; one more is refused at once.
    public var maximumCommandsInFlight = 10_000
    /// How many bytes of commands may wait for their answers.
    public var maximumBytesInFlight = 64 << 20
    /// Of one command as it goes over the wire.
    public var maximumCommandBytes = 16 << 20
    /// Of one reply as it comes over the wire.
    public var maximumReplyBytes = 32 << 20
    /// Of one reply, nested ones included.
    public var maximumReplyElements = 1_000_000
    /// How many messages a subscription keeps for a slow consumer.
    public var maximumBufferedMessages = 1_024
    /// A connection that hears nothing for this long asks with a PING.
    public var idleInterval: Duration = .seconds(5)
    /// Before connecting again: doubles from the first to the longest, with jitter.
    public var firstReconnectPause: Duration = .milliseconds(50)
    public var longestReconnectPause: Duration = .seconds(2)
    /// Shown in `CLIENT LIST`; no spaces.
    public var clientName = "battlescope"

    /// - Parameter url: `redis://user:password@host:6379/0`, `rediss://` for TLS (`?cacert=/path/ca.pem` names the authority to
    ///   trust instead of the system's), `redis+unix:///path/to/socket?db=0`.
    /// - Throws: ``RedisError`` that says what is wrong, without quoting what could be a password.
    public init(url: String) throws(RedisError) {
        endpoint = try RedisEndpoint(url: url)
    }

    /// What to show in logs and in `battlescope config`.
    public var redactedDescription: String { endpoint.description }
    public var description: String { redactedDescription }
    public var debugDescription: String { redactedDescription }

    var readerLimits: ReplyReader.Limits { .init(bytes: maximumReplyBytes, elements: maximumReplyElements) }
}

extension RedisConfiguration: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: ["url": redactedDescription]) }
}
