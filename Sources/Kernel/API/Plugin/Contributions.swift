/// What a plugin adds to the program. The kernel refuses contributions that the plugin's manifest does not list.
public struct Contributions: Sendable {
    public var routes: [Route]
    public var workers: [any Worker]
    /// In the order in which they are applied; see ``Migration``.
    public var migrations: [Migration]

    public init(routes: [Route] = [], workers: [any Worker] = [], migrations: [Migration] = []) {
        self.routes = routes
        self.workers = workers
        self.migrations = migrations
    }
}
