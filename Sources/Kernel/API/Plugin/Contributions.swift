/// Everything a plugin adds to the program. The kernel mounts it under the plugin's name and imposes policies and
/// limits; it refuses contributions that the plugin's manifest does not list.
public struct Contributions: Sendable {
    public var routes: [Route]
    public var workers: [any Worker]
    public var jobs: [Job]
    public var consumers: [any EventConsumer]
    /// The topics that the plugin publishes on.
    public var topics: [TopicName]
    /// What the plugin's people find in the menu.
    public var menu: [MenuEntry]
    /// In the order in which they are applied; see ``Migration``.
    public var migrations: [Migration]

    public init(
        routes: [Route] = [], workers: [any Worker] = [], jobs: [Job] = [], consumers: [any EventConsumer] = [],
        topics: [TopicName] = [], menu: [MenuEntry] = [], migrations: [Migration] = []
    ) {
        self.routes = routes
        self.workers = workers
        self.jobs = jobs
        self.consumers = consumers
        self.topics = topics
        self.menu = menu
        self.migrations = migrations
    }
}
