import KernelAPI

/// What an instance of a plugin is made of. When it changes, a new life begins; nothing else of a manifest needs one.
struct PluginPlan: Sendable, Equatable {
    let serve: Manifest.Serve
    let contributes: Manifest.Contributes
    /// The manifest's settings.
    let config: [String: String]
    /// Those of the admin console.
    let consoleSettings: [String: String]

    init(_ manifest: Manifest, consoleSettings: [String: String]) {
        serve = manifest.serve
        contributes = manifest.contributes
        config = manifest.config.mapValues(\.text)
        self.consoleSettings = consoleSettings
    }
}
