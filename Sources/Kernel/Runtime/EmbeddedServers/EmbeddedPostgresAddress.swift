/// Where a running embedded PostgreSQL listens, and as whom to connect.
public struct EmbeddedPostgresAddress: Sendable, Equatable {
    /// The folder of the Unix socket, mode 0700: whoever can enter it is trusted.
    public let socketDirectory: String
    /// The database, made when it was missing.
    public let database: String
    /// The cluster's superuser.
    public let user: String

    /// What `DATABASE_URL` would say: `postgres:///battlescope?host=/tmp/battlescope-0a1b2c3d&user=battlescope`.
    public var url: String { "postgres:///\(database)?host=\(socketDirectory)&user=\(user)" }

    init(socketDirectory: String) {
        self.socketDirectory = socketDirectory
        self.database = "battlescope"
        self.user = "battlescope"
    }
}
