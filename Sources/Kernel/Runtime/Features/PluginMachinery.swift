import KernelAPI
import Logging

/// What a life of a plugin is made with and plugged into.
struct PluginMachinery: Sendable {
    let loader: PluginLoader
    let selection: PodSelection
    /// What the kernel lends to a plugin.
    let makeHost: @Sendable (PluginName) -> PluginHost
    /// Jobs and consumers.
    let contributionRunners: [any ContributionRunner]
    let wakeBoard: WakeBoard
    let mounted: MountedRoutes
    let streams: OpenStreams
    /// The kernel's own routes.
    let kernelRoutes: [MountedRoute]
    let directory: FeatureDirectory
    let board: FeatureBoard
    /// Throws when the database lacks migrations of these plugins.
    let checkSchema: @Sendable ([LoadedPlugin]) async throws -> Void

    /// Makes a plugin without beginning its life.
    func make(_ manifest: Manifest, _ consoleSettings: [String: String]) throws -> LoadedPlugin {
        try loader.make(manifest, consoleSettings: consoleSettings, host: makeHost(manifest.plugin))
    }
}
