import Foundation

/// The files of this repository, as the tidy tests read them.
struct RepositoryTree {
    struct File: Sendable {
        /// From the repository's root: `Sources/EVE/Vocabulary/ISK.swift`.
        let path: String
        let text: String
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

    /// Every file below the folder with one of these extensions, sorted by path.
    static func files(below folder: String, extensions: Set<String>) -> [File] {
        paths(below: folder).filter { extensions.contains(URL(filePath: $0).pathExtension) }.compactMap { path in
            guard let text = read(path) else { return nil }
            return File(path: path, text: text)
        }
    }

    static func paths(below folder: String) -> [String] {
        let base = root.appending(path: folder).path
        guard let walk = FileManager.default.enumerator(atPath: base) else { return [] }
        return walk.compactMap { $0 as? String }.map { "\(folder)/\($0)" }.sorted()
    }

    static func read(_ path: String) -> String? {
        try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// The names of the folders directly below.
    static func folders(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
        return names.filter { name in
            var isFolder: ObjCBool = false
            let path = root.appending(path: "\(folder)/\(name)").path
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return false }
            return isFolder.boolValue && !name.hasPrefix(".") && !name.hasPrefix("__")
        }.sorted()
    }
}
