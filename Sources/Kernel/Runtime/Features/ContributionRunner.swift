package import KernelAPI

/// Runs what plugins contribute besides routes and workers, on this pod: jobs, consumers of events.
package protocol ContributionRunner: Sendable {
    /// A life of the plugin begins: runs what this pod serves of it.
    func begin(_ plugin: LoadedPlugin) async

    /// The life ends: begins nothing of it any more. Returns when what was under way has ended; a cancelled task means that there
    /// is no more time, and that what is under way is to be cancelled, too.
    func end(_ plugin: PluginName) async
}
