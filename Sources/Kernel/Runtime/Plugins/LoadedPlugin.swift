public import KernelAPI
import Logging

/// A plugin that was made from its manifest, with what it contributes and the settings it read.
public struct LoadedPlugin: Sendable {
    public let manifest: Manifest
    public let plugin: any Plugin
    public let contributions: Contributions
    public let settings: [SettingsReader.Declaration]
    let logger: Logger

    public var name: PluginName { manifest.plugin }

    /// The routes that this pod serves.
    public var servedRoutes: [Route] { manifest.serve.routes ? contributions.routes : [] }

    /// The jobs that this pod takes its share of.
    package var servedJobs: [Job] { contributions.jobs }

    /// The jobs under the names that the cluster knows them by.
    package var jobRegistrations: [JobRegistration] {
        servedJobs.map { JobRegistration(plugin: name, job: $0, logger: logger) }
    }

    /// The workers that this pod runs.
    public var servedWorkers: [any Worker] {
        contributions.workers.filter { manifest.serve.workers?.contains($0.name) ?? true }
    }
}
