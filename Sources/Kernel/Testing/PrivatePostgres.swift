/// The running private cluster of one test process: what `Tests/support/private-postgres.sh` said about it.
struct PrivatePostgres: Sendable {
    let host: String
    let port: Int
    let user: String
    let password: String
    let binDirectory: String
    /// Its end stops the cluster.
    private let script: SupportScript

    static func start(listensOnTCP: Bool) async throws -> PrivatePostgres {
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
}
