/// A Redis of a test's own, which the test may kill, start again, and stop in its tracks. It ends when the last reference
/// does, or the test process.
///
/// Most tests need none of that and share ``RedisFixture/shared``.
public final class PrivateRedis: Sendable {
    /// How the server can be reached besides its Unix socket.
    public enum Network: Sendable {
        case none
        /// A port of 127.0.0.1.
        case tcp
        /// The same with TLS; the certificate is for `localhost`, by the authority in ``PrivateRedis/authorityFile``.
        case tls
    }

    public let socket: String
    /// 0 without a network.
    public let port: Int
    /// Empty when it asks for none.
    public let password: String
    /// Empty without TLS.
    public let authorityFile: String
    private let script: SupportScript

    private init(said values: [String: String], script: SupportScript) throws {
        guard let socket = values["socket"], let port = values["port"].flatMap({ Int($0) }), let password = values["password"],
            let authorityFile = values["ca"]
        else { throw SupportScript.Failed(description: "private-redis.sh did not say where the server is: \(values)") }
        (self.socket, self.port, self.password, self.authorityFile) = (socket, port, password, authorityFile)
        self.script = script
    }

    public static func start(network: Network = .none, asksForPassword: Bool = false) async throws -> PrivateRedis {
        let flags = [Network.none: [], .tcp: ["--tcp"], .tls: ["--tls"]][network] ?? []
        let script = try SupportScript("private-redis.sh", flags + (asksForPassword ? ["--password"] : []))
        return try PrivateRedis(said: try await script.answer("ready"), script: script)
    }

    /// By the Unix socket.
    public func url(database: Int = 0) -> String { "redis+unix://\(credentials)\(socket)?db=\(database)" }

    /// By the network, or through a proxy in front of it.
    public func networkURL(port: Int? = nil) -> String {
        authorityFile.isEmpty
            ? "redis://\(credentials)127.0.0.1:\(port ?? self.port)"
            : "rediss://\(credentials)localhost:\(port ?? self.port)?cacert=\(authorityFile)"
    }

    private var credentials: String { password.isEmpty ? "" : ":\(password)@" }

    /// As `kill -9` does it.
    public func kill() async throws { _ = try await script.say("kill", expecting: "killed") }
    /// After ``kill()``: the same server without its data.
    public func startAgain() async throws { _ = try await script.say("start", expecting: "ready") }
    /// From now on it accepts connections and answers nothing.
    public func pause() async throws { _ = try await script.say("pause", expecting: "paused") }
    public func resume() async throws { _ = try await script.say("resume", expecting: "resumed") }
}
