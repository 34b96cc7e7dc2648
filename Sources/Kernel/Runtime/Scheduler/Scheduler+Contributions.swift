package import KernelAPI

extension Scheduler: ContributionRunner {
    package func begin(_ plugin: LoadedPlugin) async { add(plugin: plugin.name, jobs: plugin.servedJobs, logger: plugin.logger) }

    package func end(_ plugin: PluginName) async { await remove(plugin: plugin) }
}
