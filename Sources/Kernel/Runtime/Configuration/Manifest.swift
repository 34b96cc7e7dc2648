public import KernelAPI

/// One file of `plugins.d`: which plugin runs here, and with what.
public struct Manifest: Sendable {
    public let plugin: PluginName
    /// The Swift module that holds the plugin.
    public let module: String
    public let enabled: Bool
    public let requires: [PluginName]
    public let serve: Serve
    /// The plugin's own settings, as written, with their places.
    public let config: [String: SettingsReader.RawValue]
    public let contributes: Contributes
    /// `plugins.d/10-killmails.yaml`
    public let file: String

    /// What of the plugin this pod serves.
    public struct Serve: Sendable {
        public let routes: Bool
        /// `nil` serves every worker.
        public let workers: Set<String>?
    }

    /// What the plugin must contribute, neither more nor less.
    public struct Contributes: Sendable, Equatable {
        /// `GET /battles`
        public let routes: Set<String>
        public let workers: Set<String>
        /// The plugin's migration group; `nil` for a plugin without tables.
        public let migrations: String?
    }
}
