public import Logging

/// A private PostgreSQL in a data folder, from the system's programs, for whoever named no database.
///
/// Any number of processes may use it at once; one of them may be its owner (the one that serves). Who comes first starts it,
/// who leaves last stops it. There is no signal for the death of a parent, so after `kill -9` the server lives on: the next to
/// come adopts it. When the server dies, its owner starts it again. All of it rests on file locks, which end with their process.
public struct EmbeddedPostgres: Sendable {
    public typealias Role = EmbeddedServerRole

    private let dataDirectory: String
    private let binDirectories: [String]?
    private let logger: Logger

    /// - Parameters:
    ///   - dataDirectory: absolute; made when missing. Started as root it must be enterable by the user `postgres`.
    ///   - binDirectories: where to look for PostgreSQL's programs; nil for the usual places.
    public init(dataDirectory: String, binDirectories: [String]? = nil, logger: Logger) {
        self.dataDirectory = dataDirectory
        self.binDirectories = binDirectories
        self.logger = logger
    }

    /// Starts, joins or adopts the server, runs `body`, and leaves the server; the last to leave stops it, cancelled or not.
    ///
    /// - Throws: `EmbeddedServerError` when it cannot be had; what `body` throws.
    public nonisolated(nonsending) func withServer<R>(
        role: Role, body: nonisolated(nonsending) (EmbeddedPostgresAddress) async throws -> R
    ) async throws -> R {
        let folder = try ServerFolder(.postgres, dataDirectory: dataDirectory, account: .current())
        let ownership = try ServerOwnership(of: folder, role: role)
        let installations = try await PostgresInstallation.all(in: binDirectories ?? PostgresInstallation.usualBinDirectories())
        let server = try PostgresServer(folder: folder, installations: installations, logger: logger)
        return try await ServerTenancy(server: server).withServer(ownership) {
            try await body(EmbeddedPostgresAddress(socketDirectory: folder.socketDirectory))
        }
    }
}
