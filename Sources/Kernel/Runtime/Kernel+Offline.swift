public import KernelAPI
public import KernelPostgres
public import Logging

// What can be told about plugins without running them.
extension Kernel {
    /// A host for plugins that are only looked at, never run.
    public static func offlineHost(database: PostgresDatabase, contracts: ContractRegistry, logger: Logger) -> PluginHost {
        hosts(
            database: database, cursors: SharedCursorSigner(), services: offlineServices(database, logger), contracts: contracts,
            logger: logger, clock: SystemClock())("offline")
    }

    /// The OpenAPI document of a pod that serves these plugins.
    ///
    /// - Parameter database: never asked.
    public static func openAPI(
        of plugins: [LoadedPlugin], version: String, database: PostgresDatabase, logger: Logger
    ) -> [UInt8] {
        let routes = KernelRoutes(
            services: offlineServices(database, logger), cursors: SharedCursorSigner(),
            probe: HealthProbe(database: database, logger: logger), version: version)
        let mounted =
            routes.mounted(beside: plugins)
            + plugins.flatMap { plugin in plugin.servedRoutes.map { MountedRoute($0, of: plugin.name) } }
        return OpenAPIDocument(routes: mounted, version: version).bytes
    }

    private static func offlineServices(_ database: PostgresDatabase, _ logger: Logger) -> KernelServices {
        KernelServices(
            database: database, clock: SystemClock(), logger: logger, board: FeatureBoard(manifests: .empty),
            loader: PluginLoader(registry: [], environment: EnvironmentLookup([:])), identity: IdentityConfiguration(),
            http: HTTPSettings(), redis: nil)
    }
}
