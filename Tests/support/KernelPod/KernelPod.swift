import Foundation
import KernelAPI
import KernelPostgres
import KernelRedis
import KernelRuntime
import Logging

/// A process that is a kernel with ``TallyPlugin``: `KernelPod NAME POSTGRES_URL REDIS_URL`.
///
/// It says `ready` when it is, and ends when its standard input does, so that it does not outlive the test.
@main
enum KernelPod {
    static func main() async throws {
        guard CommandLine.arguments.count == 4, let address = ListenAddress("127.0.0.1:0") else {
            FileHandle.standardError.write(Data("usage: KernelPod NAME POSTGRES_URL REDIS_URL\n".utf8))
            exit(64)
        }
        let (name, url, redis) = (CommandLine.arguments[1], CommandLine.arguments[2], CommandLine.arguments[3])
        Thread.detachNewThread {
            while let bytes = try? FileHandle.standardInput.read(upToCount: 1_024), !bytes.isEmpty {}
            exit(0)
        }
        // Its servers are killed under it: what it says of that interests nobody.
        let logger = Logger(label: name) { _ in SwiftLogNoOpLogHandler() }
        var database = try PostgresConfiguration(url: url)
        database.applicationName = name
        var configuration = Kernel.Configuration(listen: address, migrates: false, version: "test")
        configuration.redis = RedisClient(configuration: try RedisConfiguration(url: redis), logger: logger)
        let manifest = """
            plugin: tally
            module: KernelPod
            enabled: true
            contributes: {workers: [publisher], consumers: [noter], topics: [tally.counted]}
            """
        let kernel = try Kernel(
            configuration: configuration, manifests: ManifestSet(documents: [("tally.yaml", manifest)]),
            loader: PluginLoader(registry: [TallyPlugin.self], environment: EnvironmentLookup([:])),
            database: PostgresDatabase(configuration: database, logger: logger), contracts: ContractRegistry(), logger: logger,
            onListening: { _ in FileHandle.standardOutput.write(Data("ready\n".utf8)) })
        try await kernel.run()
    }
}
