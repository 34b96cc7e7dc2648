import KernelPostgres
import KernelRedis
import KernelRuntime
import Logging

extension Program {
    /// Runs `body` with the database and, where there is one, Redis: as the settings say, or both embedded.
    func withServers(
        _ body: @Sendable (PostgresDatabase, RedisClient?, _ isEmbedded: Bool) async throws -> Void
    ) async throws {
        let configured = try redisConfiguration()
        try await withDatabase(role: .owner) { database, isEmbedded in
            if let configured {
                try await body(database, RedisClient(configuration: configured, logger: logger), isEmbedded)
            } else if isEmbedded {
                try await withEmbeddedRedis { try await body(database, $0, isEmbedded) }
            } else {
                logger.info("REDIS_URL is not set: each pod has its own cache and counts its own rate limits")
                try await body(database, nil, isEmbedded)
            }
        }
    }

    /// What REDIS_URL says.
    func redisConfiguration() throws -> RedisConfiguration? {
        guard let url = settings.redisURL else { return nil }
        do {
            return try RedisConfiguration(url: url)
        } catch {
            throw CommandFailure(.configuration, "REDIS_URL: \(error.message). Expected: redis://user:password@host:6379/0")
        }
    }

    private func withEmbeddedRedis(_ body: @Sendable (RedisClient?) async throws -> Void) async throws {
        let server = EmbeddedRedis(dataDirectory: settings.dataDirectory, logger: logger)
        guard await server.isInstalled() else {
            logger.warning("there is no redis-server 7 on this machine: going on without Redis")
            return try await body(nil)
        }
        try await server.withServer(role: .owner) { url in
            try await body(RedisClient(configuration: try RedisConfiguration(url: url), logger: logger))
        }
    }
}
