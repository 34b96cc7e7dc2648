import KernelAPI

/// The routes that no plugin contributes: health, login and account, and the description of all.
struct KernelRoutes {
    let services: KernelServices
    let cursors: any CursorSigner
    let probe: HealthProbe
    let version: String
    /// false: the pod is asked for its health and for nothing else (`--no-routes`).
    var servesPeople = true

    /// - Parameter plugins: when one of them serves `/`, the kernel has no page of its own there.
    func mounted(beside plugins: [LoadedPlugin]) -> [MountedRoute] {
        let health = HealthRoutes(version: version, board: services.board, probe: probe).routes.map {
            MountedRoute($0, of: MountedRoute.kernel, pace: .unlimited)
        }
        guard servesPeople else { return health }
        let hasApp = plugins.contains { $0.servedRoutes.contains { $0.label == "GET /" } }
        let description = OpenAPIRoutes(mounted: services.mounted, version: version)
        return health + services.identity.routes(cursors: cursors, landing: !hasApp)
            + description.routes.map { MountedRoute($0, of: MountedRoute.kernel) }
    }
}
