import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import ServiceLifecycle
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct KernelTests {
    private struct KernelService: Service {
        let kernel: Kernel
        let record: Record<String>
        let failing: String

        /// Plugins are made when their lives begin, and then look for the test's record.
        func run() async throws {
            try await Lives.$record.withValue(record) {
                try await Lives.$failing.withValue(failing) { try await kernel.run() }
            }
        }
    }

    private let record = Record<String>()
    private let ports = Record<Int>()

    private func kernel(
        _ database: PostgresDatabase, failing: String = "", listen: String = "127.0.0.1:0"
    ) throws -> KernelService {
        let manifests = try ManifestSet(documents: [
            (file: "0", yaml: "plugin: gamma\nmodule: KernelRuntimeTests\nrequires: [beta]"),
            (file: "1", yaml: "plugin: beta\nmodule: KernelRuntimeTests\nrequires: [alpha]"),
            (file: "2", yaml: "plugin: alpha\nmodule: KernelRuntimeTests"),
        ])
        let ports = ports
        let kernel = try Kernel(
            configuration: .init(listen: try #require(ListenAddress(listen)), migrates: false, version: "1.2.3"),
            manifests: manifests,
            loader: PluginLoader(
                registry: [AlphaPlugin.self, BetaPlugin.self, GammaPlugin.self], environment: EnvironmentLookup([:])),
            database: database, contracts: ContractRegistry(), logger: silent, onListening: { ports.add($0) })
        return KernelService(kernel: kernel, record: record, failing: failing)
    }

    @Test("Plugins start in the order of their dependencies and stop in reverse; a graceful end is no error")
    func life() async throws {
        try await kernelDatabase { database, url in
            let kernel = try kernel(database)
            let group = ServiceGroup(services: [kernel], logger: silent)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let port = try #require(await ports.next())
                #expect(record.all == ["start alpha", "start beta", "start gamma"])
                try await RawConnection.open(port) { connection in
                    try await connection.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                    let health = try await connection.read("]}")
                    #expect(health.hasPrefix("HTTP/1.1 200") && health.contains(#""version":"1.2.3""#))
                    // The connection stays open, idle.
                    await group.triggerGracefulShutdown()
                    _ = try await connection.read("never")
                }
                try await tasks.waitForAll()
            }
            #expect(record.all.suffix(3) == ["stop gamma", "stop beta", "stop alpha"] && record.all.count == 6)
            await #expect(throws: KernelMisuse.self) { try await kernel.run() }
        }
    }

    @Test("A start that fails stops that plugin and the earlier ones, and is the error")
    func failingStart() async throws {
        try await kernelDatabase { database, _ in
            let kernel = try kernel(database, failing: "beta")
            let error = await #expect(throws: PluginStartFailure.self) { try await kernel.run() }
            #expect(error?.plugin == "beta" && error?.underlying is StartFailure)
            #expect(record.all == ["start alpha", "start beta", "stop beta", "stop alpha"])
            #expect(ports.all.isEmpty)
        }
    }

    @Test("A listener that cannot be opened stops every plugin")
    func failingListener() async throws {
        try await kernelDatabase { database, _ in
            // An address for documentation, which no machine has.
            let kernel = try kernel(database, listen: "192.0.2.1:0")
            await #expect(throws: ListenError.self) { try await kernel.run() }
            #expect(record.all.suffix(3) == ["stop gamma", "stop beta", "stop alpha"])
        }
    }

    @Test("A database without the schema is refused before any plugin starts, with the command that helps")
    func missingSchema() async throws {
        try await withDatabase(try await PostgresFixture.shared.database()) { database in
            let kernel = try kernel(database)
            let error = await #expect(throws: SchemaMismatch.self) { try await kernel.run() }
            #expect(error?.description.contains("Run: battlescope migrate") == true)
            #expect(record.all.isEmpty)
        }
    }

    @Test("Health is 503 while the database is away and 200 again afterwards")
    func health() async throws {
        try await kernelDatabase { database, url in
            let probe = HealthProbe(database: database, logger: silent)
            let dispatcher = Dispatcher(
                routes: HealthRoutes(version: "1", board: FeatureBoard(manifests: .empty), probe: probe).routes,
                authenticator: FixedAuthenticator(nil), logger: silent)
            let name = databaseName(url)
            #expect(await dispatcher.answer(.get, "/healthz").status == .serviceUnavailable)
            await probe.probe()
            #expect(await dispatcher.answer(.get, "/healthz").status == .ok)
            try await PostgresFixture.shared.psql(
                """
                ALTER DATABASE \(name) ALLOW_CONNECTIONS false;
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'
                """)
            // The first probes may meet the ends of old connections; then nothing can connect any more.
            for _ in 0..<3 { await probe.probe() }
            let away = await dispatcher.answer(.get, "/healthz")
            #expect(away.status == .serviceUnavailable)
            #expect(String(decoding: away.body, as: UTF8.self).contains(#""status":"unavailable""#))
            #expect(await dispatcher.answer(.get, "/livez").status == .ok)
            try await PostgresFixture.shared.psql("ALTER DATABASE \(name) ALLOW_CONNECTIONS true")
            for _ in 0..<3 { await probe.probe() }
            #expect(await dispatcher.answer(.get, "/healthz").status == .ok)
        }
    }
}
