import KernelAPI
import ServiceLifecycle
import Testing

@testable import KernelRuntime

/// A server on a port of its own.
enum ServerBench {
    /// Serves until `body` returns, then shuts down gracefully and waits for the end.
    static func serve(
        _ routes: [Route], plugin: PluginName = "test", limits: ConnectionLimits = ConnectionLimits(),
        streams: OpenStreams = OpenStreams(), authenticator: any Authenticator = FixedAuthenticator(nil),
        _ body: (_ port: Int, ServiceGroup) async throws -> Void
    ) async throws {
        let ports = Record<Int>()
        var settings = HTTPSettings()
        settings.rates = .none
        let dispatcher = Dispatcher(
            mounted: MountedRoutes(routes.map { MountedRoute($0, of: plugin) }), streams: streams, authenticator: authenticator,
            settings: settings, logger: silent)
        let server = HTTPServer(
            dispatcher: dispatcher, address: try #require(ListenAddress("127.0.0.1:0")), logger: silent,
            onListening: { ports.add($0) }, limits: limits)
        let group = ServiceGroup(services: [server], logger: silent)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await ports.next())
            try await body(port, group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
