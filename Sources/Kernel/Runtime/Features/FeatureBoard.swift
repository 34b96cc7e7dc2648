import KernelAPI

/// What this pod's plugins are and how they do, as ``Features`` last said; for readers that must not wait for it.
final class FeatureBoard: Sendable {
    struct Snapshot: Sendable, Equatable {
        /// As this pod follows them.
        var manifests: ManifestSet
        /// Of the plugins that run here or would, in the order in which they start.
        var reports: [PluginReport] = []

        func report(_ plugin: PluginName) -> PluginReport? { reports.first { $0.plugin == plugin } }

        static func == (left: Snapshot, right: Snapshot) -> Bool {
            left.reports == right.reports && left.manifests.digest == right.manifests.digest
        }
    }

    let published: Published<Snapshot>

    init(manifests: ManifestSet) { published = Published(Snapshot(manifests: manifests)) }

    var snapshot: Snapshot { published.value }

    /// - Returns: whether anything differs from before.
    @discardableResult
    func publish(_ snapshot: Snapshot) -> Bool { published.publish(snapshot) }
}
