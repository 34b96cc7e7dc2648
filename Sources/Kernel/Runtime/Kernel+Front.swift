import KernelAPI
package import Logging

extension Kernel {
    /// What stands behind a listener.
    package struct Front: Sendable {
        package let mounted: MountedRoutes
        package let streams: OpenStreams
        package let authenticator: any Authenticator
    }

    /// Mounts the kernel's own routes and those of every plugin that runs here, as if all of them were up: for tests that call
    /// routes without a listener and without the lives of plugins.
    package func openFront(logger: Logger) async -> Front {
        let probe = HealthProbe(database: services.database, logger: logger)
        await probe.probe()
        let routes = KernelRoutes(services: services, cursors: cursors, probe: probe, version: "test")
        services.mounted.replace(
            with: routes.mounted(beside: plugins)
                + plugins.flatMap { plugin in plugin.servedRoutes.map { MountedRoute($0, of: plugin.name) } })
        services.directory.publish(
            plugins.map {
                FeatureDirectory.Entry(
                    plugin: $0.name, declaration: services.loader.declaration(of: $0.name), isEnabled: true,
                    menu: $0.contributions.menu)
            })
        return Front(mounted: services.mounted, streams: services.streams, authenticator: services.authenticator)
    }
}
