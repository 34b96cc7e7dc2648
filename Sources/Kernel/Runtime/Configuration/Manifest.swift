public import KernelAPI

/// One file of `plugins.d`: which plugin runs here, and with what.
public struct Manifest: Sendable {
    public let plugin: PluginName
    /// The Swift module that holds the plugin.
    public let module: String
    public let enabled: Bool
    public let requires: [PluginName]
    public let onStartFailure: StartFailure
    public internal(set) var serve: Serve
    /// The plugin's own settings, as written, with their places.
    public let config: [String: SettingsReader.RawValue]
    public let contributes: Contributes
    /// `plugins.d/10-killmails.yaml`
    public let file: String
    /// False: the command line leaves this plugin to other pods (``PodSelection``).
    public internal(set) var isForThisPod = true

    /// What happens when the plugin does not start.
    public enum StartFailure: String, Sendable, CaseIterable, Hashable {
        /// The program ends with the plugin's error. Once it has been up, later failures are retried instead: an admin's switch
        /// must not take the pods down.
        case fail
        /// The others run without it; its routes answer 503 until its configuration changes or it is switched off and on.
        case degrade
        /// The same, and it is tried again after a growing pause.
        case retry
    }

    /// What of the plugin this pod serves.
    public struct Serve: Sendable, Hashable {
        public var routes: Bool
        /// Names of workers, jobs and consumers; `nil` serves every one.
        public var workers: Set<String>?
    }

    /// What the plugin must contribute, neither more nor less.
    public struct Contributes: Sendable, Hashable {
        /// `GET /battles`
        public let routes: Set<String>
        public let workers: Set<String>
        public let jobs: Set<String>
        public let consumers: Set<String>
        /// What it publishes: `battle.created`
        public let topics: Set<String>
        /// The plugin's migration group; `nil` for a plugin without tables.
        public let migrations: String?

        /// Everything that `serve.workers` can name.
        public var work: Set<String> { workers.union(jobs).union(consumers) }
    }

    /// Whether this pod runs an instance.
    public var runsHere: Bool { enabled && isForThisPod }
}
