import Foundation
package import KernelAPI
package import Logging

/// A job that this pod serves, under the name that the cluster knows it by.
package struct JobRegistration: Sendable {
    package let plugin: PluginName
    package let job: Job
    package let logger: Logger

    package init(plugin: PluginName, job: Job, logger: Logger) {
        self.plugin = plugin
        self.job = job
        self.logger = logger
    }

    /// `plugin.job`
    package var label: String { "\(plugin).\(job.name)" }
}

/// A run that this pod has taken.
struct ClaimedRun: Sendable {
    let id: UUID
    let tick: Date
    let attempt: Int
}
