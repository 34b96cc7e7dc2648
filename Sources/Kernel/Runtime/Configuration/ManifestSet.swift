import Crypto
import Foundation
public import KernelAPI

/// All manifests of a folder, checked against each other and in the order in which the plugins start.
public struct ManifestSet: Sendable {
    /// Enabled and disabled ones, dependencies first.
    public internal(set) var manifests: [Manifest]
    /// Of the files as they were read.
    let digest: String

    public var enabled: [Manifest] { manifests.filter(\.enabled) }

    public subscript(plugin: PluginName) -> Manifest? { manifests.first { $0.plugin == plugin } }

    /// Everything that these plugins require, directly or not, themselves included.
    public func closure(of plugins: some Sequence<PluginName>) -> Set<PluginName> {
        var found: Set<PluginName> = []
        var open = Array(plugins)
        while let name = open.popLast() {
            if found.insert(name).inserted { open += self[name]?.requires ?? [] }
        }
        return found
    }

    /// The enabled plugins that require this one, directly or not, in the order in which they start.
    public func dependants(of plugin: PluginName) -> [PluginName] {
        enabled.map(\.plugin).filter { $0 != plugin && closure(of: [$0]).contains(plugin) }
    }

    /// No manifest at all.
    static let empty = ManifestSet()

    private init() {
        manifests = []
        digest = ""
    }

    /// Reads every `*.yaml` of a folder.
    ///
    /// - Throws: ``ConfigurationError`` with every problem.
    public init(directory: String) throws {
        try self.init(documents: try Self.documents(in: directory))
    }

    /// The names of a folder's manifests, in order.
    static func files(in directory: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".yaml") }.sorted()
        } catch {
            throw ConfigurationError(
                "\(directory): the folder with the plugin manifests cannot be read. Set BATTLESCOPE_PLUGINS_DIR.")
        }
    }

    static func documents(in directory: String) throws -> [(file: String, yaml: String)] {
        let files = try files(in: directory)
        guard !files.isEmpty else {
            throw ConfigurationError("\(directory): no manifest (*.yaml) in this folder, so no plugin would run.")
        }
        return try files.map { name in
            let path = directory + "/" + name
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError("\(path): cannot be read.")
            }
            return (path, String(decoding: data, as: UTF8.self))
        }
    }

    /// The same for the same files with the same contents.
    static func digest(of documents: [(file: String, yaml: String)]) -> String {
        var hash = SHA256()
        for (file, yaml) in documents { hash.update(data: Data("\(file)\0\(yaml)\0".utf8)) }
        return hash.finalize().description
    }

    /// - Parameter documents: file name and YAML text.
    public init(documents: [(file: String, yaml: String)]) throws {
        digest = Self.digest(of: documents)
        var problems: [String] = []
        var manifests: [Manifest] = []
        for document in documents {
            var reader = ManifestReader(file: document.file)
            if let manifest = reader.read(document.yaml) { manifests.append(manifest) }
            problems += reader.problems
        }
        for (index, manifest) in manifests.enumerated() {
            if let twin = manifests[..<index].first(where: { $0.plugin == manifest.plugin }) {
                problems.append("\(manifest.file): plugin \(manifest.plugin) is already declared in \(twin.file).")
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        self.manifests = try Self.sorted(manifests)
    }

    /// Dependencies first, otherwise in the order of the files.
    private static func sorted(_ manifests: [Manifest]) throws -> [Manifest] {
        let byName = Dictionary(uniqueKeysWithValues: manifests.map { ($0.plugin, $0) })
        var problems: [String] = []
        for manifest in manifests where manifest.enabled {
            for name in manifest.requires where byName[name]?.enabled != true {
                let state = byName[name] == nil ? "has no manifest" : "is disabled in \(byName[name]?.file ?? "")"
                problems.append("\(manifest.file): \(manifest.plugin) requires \(name), which \(state).")
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }

        var (done, order, path): (Set<PluginName>, [Manifest], [PluginName]) = ([], [], [])
        func visit(_ manifest: Manifest) throws {
            if done.contains(manifest.plugin) { return }
            if let start = path.firstIndex(of: manifest.plugin) {
                let cycle = (path[start...] + [manifest.plugin]).map(\.rawValue).joined(separator: " -> ")
                throw ConfigurationError("\(manifest.file): the plugins require each other in a circle: \(cycle).")
            }
            path.append(manifest.plugin)
            for name in manifest.requires { if let required = byName[name] { try visit(required) } }
            path.removeLast()
            done.insert(manifest.plugin)
            order.append(manifest)
        }
        for manifest in manifests { try visit(manifest) }
        return order
    }
}
