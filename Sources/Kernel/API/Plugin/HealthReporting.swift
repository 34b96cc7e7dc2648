/// A plugin that knows more about its health than whether it runs. Asked every few seconds, never for a request.
public protocol HealthReporting: Plugin {
    /// Answers quickly, from what the plugin knows already.
    func health() async -> PluginHealth
}

/// How a plugin is.
public enum PluginHealth: Sendable, Hashable {
    case healthy
    /// It works, but not as it should; one sentence for the admin, without secrets.
    case degraded(String)
}
