import EVE
import Foundation
import KernelAPI
import KernelPostgres
import KernelRuntime
import Logging

/// Plugins made for looking at: nothing is connected, so nothing may be asked of them but what they contribute.
enum OfflinePlugins {
    /// - Parameters:
    ///   - manifests: `nil` for those of the program's folder.
    ///   - consoleSettings: what admins set, where somebody has asked the database.
    static func load(
        _ program: Program, _ manifests: ManifestSet? = nil, consoleSettings: [PluginName: [String: String]] = [:]
    ) throws -> [LoadedPlugin] {
        var contracts = ContractRegistry()
        contracts.offer(SilentFeed(), as: (any KillmailFeed).self)
        contracts.offer(NothingToAsk(), as: (any KillmailSource).self)
        contracts.offer(NothingToAsk(), as: (any NameSource).self)
        let database = try nowhere(program)
        return try program.loader.load(try manifests ?? program.manifests(), consoleSettings: consoleSettings) { _ in
            Kernel.offlineHost(database: database, contracts: contracts, logger: program.logger)
        }
    }

    /// Connections are made on demand, so this address is never used.
    static func nowhere(_ program: Program) throws -> PostgresDatabase {
        PostgresDatabase(
            configuration: try PostgresConfiguration(url: "postgres:///offline?host=/nonexistent"), logger: program.logger)
    }
}

private struct NothingToAsk: KillmailSource, NameSource {
    func killmail(_ id: KillmailID, hash: String) async throws -> Killmail { throw CancellationError() }
    func names(_ ids: [Int64]) async throws -> NameAnswer { NameAnswer() }
}
