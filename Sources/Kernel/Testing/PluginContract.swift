import HTTPTypes
public import KernelAPI
import KernelPostgres
import KernelRuntime

/// What every plugin must keep, whatever it does. A plugin's tests run it and expect no complaint:
///
/// ```swift
/// #expect(try await PluginContract.complaints(about: KillmailsPlugin.self, contracts: contracts) == [])
/// ```
public enum PluginContract {
    /// - Parameters:
    ///   - plugin: the type under test.
    ///   - required: the plugins that its manifest requires, dependencies first.
    ///   - contracts: what the program would offer.
    /// - Returns: complete sentences, one a breach.
    public static func complaints(
        about plugin: any Plugin.Type, required: [any Plugin.Type] = [], contracts: ContractRegistry = ContractRegistry()
    ) async throws -> [String] {
        let registry = required + [plugin]
        let manifests = try ShippedManifests.of(registry.map { $0.name })
        // Nobody listens there: whatever the plugin does when it is made must do without.
        let nowhere = PostgresDatabase(
            configuration: try PostgresConfiguration(url: "postgres:///nowhere?host=/nonexistent"), logger: TestKernel.silent)
        let first: [LoadedPlugin]
        let second: [LoadedPlugin]
        do {
            first = try load(registry, manifests, nowhere, contracts)
            second = try load(registry, manifests, nowhere, contracts)
        } catch let error as ConfigurationError {
            await nowhere.close()
            return error.problems
        }
        var found: [String] = []
        let connections = nowhere.statistics
        if connections.active + connections.idle + connections.waiting > 0 {
            found.append("\(plugin.name) asks the database for a connection when it is made.")
        }
        await nowhere.close()
        guard let made = first.last(where: { $0.name == plugin.name }), let again = second.last(where: { $0.name == plugin.name })
        else { return ["\(plugin.name) was not loaded."] }
        if made.contributions.migrations != again.contributions.migrations {
            found.append("\(plugin.name)'s migrations differ from one making to the next.")
        }
        found += routeComplaints(made.contributions.routes)
        found += workerComplaints(made.contributions.workers)
        found += try MigrationContract(plugin: plugin.name, strangers: try ShippedManifests.names()).textComplaints(
            made.contributions.migrations)
        found += try await MigrationContract.schemaComplaints(of: made, before: first.filter { $0.name != plugin.name })
        found += try await TestKernel.run(registry, contracts: contracts) { kernel in
            // All of the pod's routes: what a plugin adds must not open another's doors, nor the kernel's.
            try await AuthorizationContract.complaints(of: kernel.mountedRoutes, in: kernel)
        }
        return found
    }

    private static func load(
        _ registry: [any Plugin.Type], _ manifests: ManifestSet, _ database: PostgresDatabase, _ contracts: ContractRegistry
    ) throws -> [LoadedPlugin] {
        try PluginLoader(registry: registry, environment: EnvironmentLookup([:])).load(manifests) { _ in
            Kernel.offlineHost(database: database, contracts: contracts, logger: TestKernel.silent)
        }
    }

    static func routeComplaints(_ routes: [Route]) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        for route in routes {
            let name = "\(route.method.rawValue) \(route.path)"
            if route.path.wholeMatch(of: /(\/([a-z][a-z0-9-]*|\{[a-z][A-Za-z0-9]*\}))+/) == nil {
                found.append("\(name): a path is made of lower-case words and {parameters}, without a slash at the end.")
            }
            // Two paths that differ in a parameter's name only are one path.
            if !seen.insert(name.replacing(/\{[^}]*\}/, with: "{}")).inserted { found.append("\(name) is there twice.") }
            if route.summary.wholeMatch(of: /[A-Z].{4,78}[^. ]/) == nil {
                found.append("\(name): the summary is one line without a full stop, not \"\(route.summary)\".")
            }
        }
        return found
    }

    static func workerComplaints(_ workers: [any Worker]) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        for worker in workers {
            if !seen.insert(worker.name).inserted { found.append("worker \(worker.name) is there twice.") }
            if worker.name.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) == nil {
                found.append("worker \(worker.name): a name is lower-case words joined by hyphens.")
            }
            for queue in worker.wakesOn where queue.rawValue.wholeMatch(of: /[a-z_]+\.[a-z_]+/) == nil {
                found.append("worker \(worker.name) wakes on \(queue), which is not producer.what.")
            }
        }
        return found
    }
}
