package import KernelAPI

/// A route with what the kernel knows about it: whose it is, whether that is switched off, how often it may be called.
package struct MountedRoute: Sendable {
    /// How often a route may be called. The kernel says so, not the plugin.
    package enum Pace: Sendable, Hashable {
        /// By account, or by address where nobody is logged in.
        case usual
        /// By address, and slowly: logging in.
        case login
        /// As often as anybody likes: health, asked by orchestrators.
        case unlimited
    }

    package let route: Route
    /// The plugin that contributes it; ``kernel`` for the kernel's own.
    package let plugin: PluginName
    /// An admin switched the plugin off: the route answers 404 `feature_disabled` to everybody.
    package let isDisabled: Bool
    /// Counts the plugin's requests, and lets none in while the plugin does not run: the route then answers 503. `nil` for the
    /// kernel's own.
    package let gate: RequestGate?
    package let pace: Pace

    /// Whose the routes are that no plugin contributes.
    package static let kernel: PluginName = "kernel"

    package init(
        _ route: Route, of plugin: PluginName, isDisabled: Bool = false, gate: RequestGate? = nil, pace: Pace = .usual
    ) {
        self.route = route
        self.plugin = plugin
        self.isDisabled = isDisabled
        self.gate = gate
        self.pace = pace
    }
}
