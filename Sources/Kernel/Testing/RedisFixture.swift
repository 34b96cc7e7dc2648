public import KernelRedis
public import Logging

/// Real Redis for tests: one private server per test process, by a Unix socket, gone with the process; `REDIS_URL` is ignored.
///
/// All tests share its database, so each asks for a key prefix of its own. A test that kills its server has one of its own:
/// ``PrivateRedis``.
public actor RedisFixture {
    /// The server that all tests of this process share.
    public static let shared = RedisFixture()

    private var server: Task<PrivateRedis, any Error>?
    private var prefixCount = 0

    /// Where the shared server is.
    public func url() async throws -> String { try await running().url() }

    /// What this test's keys and channels begin with: `t12:`.
    public func prefix() -> String {
        prefixCount += 1
        return "t\(prefixCount):"
    }

    private func running() async throws -> PrivateRedis {
        if let server { return try await server.value }
        // Awaited by everybody who needs the server; it outlives the test that happened to come first.
        let starting = Task { try await PrivateRedis.start() }
        server = starting
        return try await starting.value
    }

    /// Runs `body` with a connected client of the shared server and a prefix, and closes the client afterwards.
    public static func withClient<Result: Sendable>(
        logger: Logger = TestKernel.silent, _ configure: (inout RedisConfiguration) -> Void = { _ in },
        _ body: (RedisClient, _ prefix: String) async throws -> Result
    ) async throws -> Result {
        let prefix = await shared.prefix()
        return try await withClient(of: try await shared.url(), logger: logger, configure) { try await body($0, prefix) }
    }

    /// Runs `body` with a client of a test's own server; when it comes to that, waits until the client is connected.
    public static func withClient<Result: Sendable>(
        of url: String, logger: Logger = TestKernel.silent, isConnected: Bool = true,
        _ configure: (inout RedisConfiguration) -> Void = { _ in }, _ body: (RedisClient) async throws -> Result
    ) async throws -> Result {
        var configuration = try RedisConfiguration(url: url)
        // Hundreds of tests share two cores: only a test that is about a deadline may run into one, and only one that is about
        // silence may meet a PING.
        configuration.commandDeadline = .seconds(120)
        configuration.connectDeadline = .seconds(120)
        configuration.idleInterval = .seconds(600)
        configure(&configuration)
        let client = RedisClient(configuration: configuration, logger: logger)
        let running = Task { try await client.run() }
        let result: Swift.Result<Result, any Error>
        do {
            if isConnected { try await client.waitUntilConnected() }
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        _ = await running.result
        return try result.get()
    }
}
