import Foundation
public import KernelAPI
public import KernelRuntime

/// The manifests of `plugins.d`, as they ship.
public enum ShippedManifests {
    /// The folder `plugins.d` of the checkout that these sources lie in.
    public static var directory: String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../plugins.d").standardizedFileURL.path
    }

    /// The manifests of some plugins, dependencies first.
    ///
    /// - Throws: ``ConfigurationError`` also when one requires a plugin that is not named.
    public static func of(_ plugins: [PluginName]) throws -> ManifestSet {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".yaml") }.sorted()
        let documents = try names.map { name in
            (file: name, yaml: try String(contentsOfFile: directory + "/" + name, encoding: .utf8))
        }
        return try ManifestSet(
            documents: documents.filter { document in
                try ManifestSet(documents: [(document.file, document.yaml.replacing(/requires: .*/, with: "requires: []"))])
                    .manifests.contains { plugins.contains($0.plugin) }
            })
    }

    /// The names of all plugins that have a manifest.
    public static func names() throws -> [PluginName] { try ManifestSet(directory: directory).manifests.map(\.plugin) }
}
