import HTTPTypes
public import KernelAPI

/// Makes plugins from manifests: finds the linked type, reads its settings, creates it, and checks what it contributes.
public struct PluginLoader: Sendable {
    let registry: [any Plugin.Type]
    let environment: EnvironmentLookup

    /// - Parameter registry: the linked plugins (`PluginRegistry.swift`).
    public init(registry: [any Plugin.Type], environment: EnvironmentLookup) {
        self.registry = registry
        self.environment = environment
    }

    /// The enabled plugins, dependencies first.
    ///
    /// - Parameters:
    ///   - consoleSettings: what admins set, by plugin and key.
    ///   - host: makes what the kernel lends to the plugin of that name.
    /// - Throws: ``ConfigurationError`` with every problem of every manifest.
    public func load(
        _ manifests: ManifestSet, consoleSettings: [PluginName: [String: String]] = [:], host: (PluginName) -> PluginHost
    ) throws -> [LoadedPlugin] {
        var problems: [String] = []
        var loaded: [LoadedPlugin] = []
        for manifest in manifests.enabled {
            do {
                loaded.append(
                    try make(manifest, consoleSettings: consoleSettings[manifest.plugin] ?? [:], host: host(manifest.plugin)))
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

    /// What people get roles on; `nil` for a plugin without roles, or one that is not linked.
    func declaration(of plugin: PluginName) -> FeatureDeclaration? { registry.first { $0.name == plugin }?.feature }

    /// One new instance.
    ///
    /// - Throws: ``ConfigurationError``, or what the plugin's initializer throws.
    func make(_ manifest: Manifest, consoleSettings: [String: String], host: PluginHost) throws -> LoadedPlugin {
        let type = try linkedType(manifest)
        return try make(type, manifest, consoleSettings, host)
    }

    /// A plugin's settings as it would read them, without making it.
    ///
    /// - Throws: ``ConfigurationError`` when the plugin is not linked. What is wrong with settings is in the reader.
    func settings(of manifest: Manifest, consoleSettings: [String: String]) throws -> SettingsReader {
        let type = try linkedType(manifest)
        return reader(type, manifest, consoleSettings)
    }

    private func linkedType(_ manifest: Manifest) throws -> any Plugin.Type {
        guard let type = registry.first(where: { $0.name == manifest.plugin }) else {
            let linked = registry.map { $0.name.rawValue }
            let hint = manifest.plugin.rawValue.nearest(in: linked).map { " Did you mean \($0)?" } ?? ""
            throw ConfigurationError(
                "\(manifest.file): plugin \(manifest.plugin) is not linked into this program, which has "
                    + "\(linked.sorted().joined(separator: ", ")).\(hint)")
        }
        let module = String(reflecting: type).prefix { $0 != "." }
        if module != manifest.module {
            throw ConfigurationError(
                "\(manifest.file): module is \(manifest.module), but \(manifest.plugin) is in \(module).")
        }
        return type
    }

    private func make<P: Plugin>(
        _ type: P.Type, _ manifest: Manifest, _ consoleSettings: [String: String], _ host: PluginHost
    ) throws -> LoadedPlugin {
        let (usable, passedOver) = usable(consoleSettings, by: type, manifest)
        var reader = emptyReader(manifest, usable)
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
        let differences =
            ContributionRules.differences(manifest, contributions) + ContributionRules.problems(manifest, contributions)
        guard differences.isEmpty else { throw ConfigurationError(differences) }
        return LoadedPlugin(
            manifest: manifest, plugin: plugin, contributions: contributions, settings: reader.declarations,
            passedOver: passedOver, logger: host.logger)
    }

    /// The admins' settings that this version of the plugin takes, and a sentence for each of the others.
    private func usable<P: Plugin>(
        _ consoleSettings: [String: String], by type: P.Type, _ manifest: Manifest
    ) -> ([String: String], passedOver: [String]) {
        guard !consoleSettings.isEmpty else { return ([:], []) }
        let reader = reader(type, manifest, consoleSettings)
        var sentences: [String: String] = [:]
        for failure in reader.failures where consoleSettings[failure.key] != nil { sentences[failure.key] = failure.sentence }
        for key in consoleSettings.keys where !reader.knownKeys.contains(key) {
            sentences[key] = "\(Self.consoleOrigin): \(manifest.plugin) has no setting \(key)."
        }
        for secret in reader.declarations where secret.isSecret && consoleSettings[secret.key] != nil {
            sentences[secret.key] = "\(Self.consoleOrigin): \(secret.key) is a secret, which cannot be set there."
        }
        let usable = consoleSettings.filter { sentences[$0.key] == nil }
        return (usable, sentences.sorted { $0.key < $1.key }.map(\.value))
    }

    private func reader<P: Plugin>(
        _ type: P.Type, _ manifest: Manifest, _ consoleSettings: [String: String]
    ) -> SettingsReader {
        var reader = emptyReader(manifest, consoleSettings)
        _ = P.Configuration(&reader)
        return reader
    }

    /// Admin console, environment, manifest, in this order.
    private func emptyReader(_ manifest: Manifest, _ consoleSettings: [String: String]) -> SettingsReader {
        SettingsReader { key, wellKnown in
            consoleSettings[key].map { .init(text: $0, origin: Self.consoleOrigin) }
                ?? environment.value(plugin: manifest.plugin, key: key, wellKnown: wellKnown) ?? manifest.config[key]
        }
    }

    /// Where settings of the admin console say that they come from.
    static let consoleOrigin = "admin console"
}
