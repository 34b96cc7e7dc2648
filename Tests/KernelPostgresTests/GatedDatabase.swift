import KernelPostgres
import KernelTesting

/// Runs `body` with a driver that reaches its server through a gate.
func gatedDatabase(
    _ configure: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresDatabase, TCPGate) async throws -> Void
) async throws {
    let cluster = try PrivateCluster.shared.get()
    let gate = try TCPGate(to: cluster.port)
    defer { gate.stop() }
    var configuration = try PostgresConfiguration(url: cluster.tcpURL(try await cluster.makeDatabase(), port: gate.port))
    configure(&configuration)
    let database = PostgresDatabase(configuration: configuration, logger: quiet)
    do { try await body(database, gate) } catch {
        await database.close()
        throw error
    }
    await database.close()
}
