/// A PostgreSQL of its own: what `Tests/support/private-postgres.sh` said about it. It ends when the last reference does, or the
/// test process.
///
/// Most tests share ``PostgresFixture/shared``; one that kills its server has one of these.
public final class PrivatePostgres: Sendable {
    let host: String
    let port: Int
    let user: String
    let password: String
    let binDirectory: String
    /// Its end stops the cluster.
    private let script: SupportScript

    public static func start(listensOnTCP: Bool = false) async throws -> PrivatePostgres {
        let script = try SupportScript("private-postgres.sh", listensOnTCP ? ["--tcp"] : [])
        let said = try await script.answer("ready")
        guard let cluster = PrivatePostgres(said: said, script: script) else {
            throw SupportScript.Failed(description: "private-postgres.sh did not say where the server is: \(said)")
        }
        return cluster
    }

    private init?(said values: [String: String], script: SupportScript) {
        guard let host = values["host"], let port = values["port"].flatMap({ Int($0) }), let user = values["user"],
            let password = values["password"], let bin = values["bin"]
        else { return nil }
        (self.host, self.port, self.user, self.password, self.binDirectory) = (host, port, user, password, bin)
        self.script = script
    }

    /// By the Unix socket.
    public func url(database: String = "postgres") -> String {
        "postgres:///\(database)?host=\(host)&port=\(port)&user=\(user)"
    }

    /// By the network, where it asks for the password.
    func networkURL(database: String) -> String { "postgres://\(user):\(password)@127.0.0.1:\(port)/\(database)" }

    /// All of its processes, as `kill -9` does it.
    public func kill() async throws { _ = try await script.say("kill", expecting: "killed") }
    /// After ``kill()``: the same server with what it had.
    public func startAgain() async throws { _ = try await script.say("start", expecting: "ready") }
}
