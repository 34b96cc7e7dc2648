import HTTPTypes
public import KernelAPI

/// Makes plugins from manifests: finds the linked type, reads its settings, creates it, and checks what it contributes.
public struct PluginLoader: Sendable {
    private let registry: [any Plugin.Type]
    private let environment: EnvironmentLookup

    /// - Parameter registry: the linked plugins (`PluginRegistry.swift`).
    public init(registry: [any Plugin.Type], environment: EnvironmentLookup) {
        self.registry = registry
        self.environment = environment
    }

    /// The enabled plugins, dependencies first.
    ///
    /// - Parameter host: makes what the kernel lends to the plugin of that name.
    /// - Throws: ``ConfigurationError`` with every problem of every manifest.
    public func load(_ manifests: ManifestSet, host: (PluginName) -> PluginHost) throws -> [LoadedPlugin] {
        var problems: [String] = []
        var loaded: [LoadedPlugin] = []
        for manifest in manifests.enabled {
            guard let type = registry.first(where: { $0.name == manifest.plugin }) else {
                problems.append(notLinked(manifest))
                continue
            }
            let module = String(reflecting: type).prefix { $0 != "." }
            if module != manifest.module {
                problems.append("\(manifest.file): module is \(manifest.module), but \(manifest.plugin) is in \(module).")
                continue
            }
            do {
                loaded.append(try make(type, manifest, host(manifest.plugin)))
            } catch let error as ConfigurationError {
                problems += error.problems
            } catch {
                problems.append("\(manifest.file): \(manifest.plugin) cannot be made: \(error)")
            }
        }
        problems += ContributionRules.conflicts(loaded)
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return loaded
    }

    private func notLinked(_ manifest: Manifest) -> String {
        let linked = registry.map { $0.name.rawValue }
        let hint = manifest.plugin.rawValue.nearest(in: linked).map { " Did you mean \($0)?" } ?? ""
        return "\(manifest.file): plugin \(manifest.plugin) is not linked into this program, which has "
            + "\(linked.sorted().joined(separator: ", ")).\(hint)"
    }

    private func make<P: Plugin>(_ type: P.Type, _ manifest: Manifest, _ host: PluginHost) throws -> LoadedPlugin {
        var reader = SettingsReader { key, wellKnown in
            environment.value(plugin: manifest.plugin, key: key, wellKnown: wellKnown) ?? manifest.config[key]
        }
        let configuration = P.Configuration(&reader)
        let known = reader.knownKeys
        let strangers = manifest.config.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }.map { key, value in
            let hint =
                key.nearest(in: known).map { "did you mean \($0)?" } ?? "known are \(known.sorted().joined(separator: ", "))."
            return "\(value.origin): unknown setting \(key) of \(manifest.plugin), \(hint)"
        }
        guard reader.problems.isEmpty, strangers.isEmpty else { throw ConfigurationError(reader.problems + strangers) }
        let plugin = try P(configuration: configuration, host: host)
        let contributions = plugin.contributions
        let differences = Self.differences(manifest, contributions) + ContributionRules.problems(manifest, contributions)
        guard differences.isEmpty else { throw ConfigurationError(differences) }
        return LoadedPlugin(
            manifest: manifest, plugin: plugin, contributions: contributions, settings: reader.declarations, logger: host.logger)
    }

    /// What the manifest lists and the plugin contributes must be the same.
    private static func differences(_ manifest: Manifest, _ contributions: Contributions) -> [String] {
        let routes = Set(contributions.routes.map { "\($0.method.rawValue) \($0.path)" })
        let workers = Set(contributions.workers.map(\.name))
        var found: [String] = []
        func compare(_ kind: String, listed: Set<String>, real: Set<String>) {
            for name in real.subtracting(listed).sorted() {
                found.append("\(manifest.file): contributes.\(kind) lacks \(name), which \(manifest.plugin) contributes.")
            }
            for name in listed.subtracting(real).sorted() {
                found.append("\(manifest.file): contributes.\(kind) lists \(name), which \(manifest.plugin) does not contribute.")
            }
        }
        compare("routes", listed: manifest.contributes.routes, real: routes)
        compare("workers", listed: manifest.contributes.workers, real: workers)
        compare(
            "migrations", listed: manifest.contributes.migrations.map { [$0] } ?? [],
            real: contributions.migrations.isEmpty ? [] : [manifest.plugin.rawValue])
        for name in (manifest.serve.workers ?? []).subtracting(workers).sorted() {
            found.append("\(manifest.file): serve.workers names \(name), which \(manifest.plugin) does not contribute.")
        }
        return found
    }
}
