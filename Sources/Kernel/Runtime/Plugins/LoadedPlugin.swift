public import KernelAPI
import Logging

/// A plugin that was made from its manifest, with what it contributes and the settings it read.
public struct LoadedPlugin: Sendable {
    public let manifest: Manifest
    public let plugin: any Plugin
    public let contributions: Contributions
    public let settings: [SettingsReader.Declaration]
    /// Settings from the admin console that this version of the plugin does not take, one sentence each. They are passed over:
    /// what an admin sets never keeps a program from starting.
    public let passedOver: [String]
    let logger: Logger

    public var name: PluginName { manifest.plugin }

    /// The routes that this pod serves.
    public var servedRoutes: [Route] { manifest.serve.routes ? contributions.routes : [] }

    /// The jobs under the names that the cluster knows them by.
    package var jobRegistrations: [JobRegistration] {
        servedJobs.map { JobRegistration(plugin: name, job: $0, logger: logger) }
    }

    /// The workers that this pod runs.
    public var servedWorkers: [any Worker] { contributions.workers.filter { isServed($0.name) } }

    /// The jobs that this pod takes its share of.
    package var servedJobs: [Job] { contributions.jobs.filter { isServed($0.name) } }

    /// The consumers of events that this pod takes its share of.
    package var servedConsumers: [any EventConsumer] { contributions.consumers.filter { isServed($0.name) } }

    /// The names of workers, jobs and consumers that run here.
    public var servedWork: [String] { servedWorkers.map(\.name) + servedJobs.map(\.name) + servedConsumers.map(\.name) }

    private func isServed(_ work: String) -> Bool { manifest.serve.workers?.contains(work) ?? true }
}
