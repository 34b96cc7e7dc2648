import KernelAPI

/// What of the manifests' plugins this pod serves, as the command line says: `--plugins`, `--workers`, `--no-routes`.
///
/// It wins over `serve` in the manifests. A plugin that is not selected is left to other pods; one that a selected plugin
/// requires is loaded all the same, with its schema, and serves nothing.
public struct PodSelection: Sendable, Hashable {
    /// By name; `nil` for all.
    public var plugins: [String]?
    /// `plugin.worker` (or job, or consumer), a plugin's name for all of its work, or a worker's name that is the only one of
    /// its kind; `nil` for what the manifests say.
    public var workers: [String]?
    public var servesRoutes: Bool

    public init(plugins: [String]? = nil, workers: [String]? = nil, servesRoutes: Bool = true) {
        self.plugins = plugins
        self.workers = workers
        self.servesRoutes = servesRoutes
    }

    /// What the manifests say.
    public static let all = PodSelection()

    /// The manifests as this pod follows them.
    ///
    /// - Throws: ``ConfigurationError`` with every name that is unknown.
    public func applied(to set: ManifestSet) throws -> ManifestSet {
        if self == .all { return set }
        var problems: [String] = []
        let named = chosenPlugins(set, &problems)
        let work = chosenWork(set, named, &problems)
        guard problems.isEmpty else { throw ConfigurationError(problems) }

        var result = set
        var selected: Set<PluginName> = []
        for index in result.manifests.indices where result.manifests[index].enabled {
            var manifest = result.manifests[index]
            let isNamed = named?.contains(manifest.plugin) ?? true
            manifest.serve.routes = isNamed && servesRoutes && manifest.serve.routes
            if let work {
                manifest.serve.workers = work[manifest.plugin] ?? []
            } else if !isNamed {
                manifest.serve.workers = []
            }
            result.manifests[index] = manifest
            // Named workers leave nothing to do for a plugin that has no routes here either.
            let hasWork = work.map { $0[manifest.plugin] != nil } ?? true
            if isNamed && (hasWork || plugins != nil || (manifest.serve.routes && !manifest.contributes.routes.isEmpty)) {
                selected.insert(manifest.plugin)
            }
        }
        let loaded = set.closure(of: selected)
        for index in result.manifests.indices {
            result.manifests[index].isForThisPod = loaded.contains(result.manifests[index].plugin)
        }
        return result
    }

    private func chosenPlugins(_ set: ManifestSet, _ problems: inout [String]) -> Set<PluginName>? {
        guard let plugins else { return nil }
        for name in plugins {
            guard let manifest = set[PluginName(rawValue: name)] else {
                problems.append("--plugins: there is no plugin \(name)\(hint(name, set.manifests.map(\.plugin.rawValue)))")
                continue
            }
            if !manifest.enabled { problems.append("--plugins: \(name) is disabled in \(manifest.file).") }
        }
        return Set(plugins.map { PluginName(rawValue: $0) })
    }

    /// The chosen work by plugin; `nil` when the manifests decide.
    private func chosenWork(
        _ set: ManifestSet, _ named: Set<PluginName>?, _ problems: inout [String]
    ) -> [PluginName: Set<String>]? {
        guard let workers else { return nil }
        let manifests = set.enabled.filter { named?.contains($0.plugin) ?? true }
        var chosen: [PluginName: Set<String>] = [:]
        for word in workers {
            if let manifest = manifests.first(where: { $0.plugin.rawValue == word }) {
                chosen[manifest.plugin, default: []].formUnion(manifest.contributes.work)
                continue
            }
            let owners = manifests.filter { manifest in
                manifest.contributes.work.contains { $0 == word || "\(manifest.plugin).\($0)" == word }
            }
            if owners.count == 1 {
                chosen[owners[0].plugin, default: []].insert(String(word.split(separator: ".").last ?? ""))
            } else if owners.isEmpty {
                let labels = manifests.flatMap { manifest in manifest.contributes.work.map { "\(manifest.plugin).\($0)" } }
                let all = labels.sorted() + manifests.map(\.plugin.rawValue) + manifests.flatMap { $0.contributes.work.sorted() }
                problems.append("--workers: there is no worker, job or consumer \(word)\(hint(word, all, show: labels.sorted()))")
            } else {
                let labels = owners.map { "\($0.plugin).\(word)" }.joined(separator: " and ")
                problems.append("--workers: \(word) can be \(labels). Name the plugin, too.")
            }
        }
        return chosen
    }

    private func hint(_ word: String, _ candidates: [String], show: [String]? = nil) -> String {
        if let nearest = word.nearest(in: candidates) { return ". Did you mean \(nearest)?" }
        let shown = (show ?? candidates).joined(separator: ", ")
        return shown.isEmpty ? "." : "; there are \(shown)."
    }
}
