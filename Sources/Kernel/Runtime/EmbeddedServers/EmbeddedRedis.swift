public import Logging

/// A private Redis beside an ``EmbeddedPostgres``, from the system's programs, with the same rules: who comes first starts it,
/// who leaves last stops it, one that was left running is adopted, and its owner starts it again when it dies.
///
/// It keeps nothing on disk: after a start it is empty, and everything must go on.
public struct EmbeddedRedis: Sendable {
    private let dataDirectory: String
    private let binDirectories: [String]?
    private let logger: Logger

    /// - Parameters:
    ///   - dataDirectory: absolute; made when missing. Started as root it must be enterable by the user `postgres`.
    ///   - binDirectories: where to look for Redis's programs; nil for the usual places.
    public init(dataDirectory: String, binDirectories: [String]? = nil, logger: Logger) {
        self.dataDirectory = dataDirectory
        self.binDirectories = binDirectories
        self.logger = logger
    }

    /// Whether the system has the programs.
    public func isInstalled() async -> Bool {
        do {
            _ = try await RedisInstallation.find(in: binDirectories ?? RedisInstallation.usualBinDirectories())
            return true
        } catch {
            return false
        }
    }

    /// Starts, joins or adopts the server, runs `body`, and leaves the server; the last to leave stops it, cancelled or not.
    ///
    /// - Parameter body: gets what `REDIS_URL` would say, such as `redis+unix:///tmp/battlescope-0a1b2c3d-redis/redis.sock`.
    /// - Throws: `EmbeddedServerError` when it cannot be had; what `body` throws.
    public nonisolated(nonsending) func withServer<R>(
        role: EmbeddedServerRole, body: nonisolated(nonsending) (_ url: String) async throws -> R
    ) async throws -> R {
        let folder = try ServerFolder(.redis, dataDirectory: dataDirectory, account: .current())
        let ownership = try ServerOwnership(of: folder, role: role)
        let installation = try await RedisInstallation.find(in: binDirectories ?? RedisInstallation.usualBinDirectories())
        let server = RedisServer(folder: folder, installation: installation, logger: logger)
        return try await ServerTenancy(server: server).withServer(ownership) {
            try await body("redis+unix://\(server.socket)")
        }
    }
}
