import Foundation
import KernelAPI
import KernelRuntime

/// A new plugin's files, and its entries in the files of the package.
struct PluginScaffold {
    let name: String
    /// `fleet-doctrines` lives in `FleetDoctrines`.
    let module: String
    /// Its PostgreSQL schema.
    let schema: String
    private let root: URL
    private let number: Int

    /// - Throws: ``CommandFailure`` for a name that is wrong or taken, and for a folder that is no checkout.
    init(name: String, root: URL) throws {
        guard name.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) != nil, name.count <= 40 else {
            throw CommandFailure(
                .usage, "\(name) is no plugin's name: lower-case words joined by hyphens, 40 characters at most.")
        }
        let module = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        guard FileManager.default.fileExists(atPath: root.appending(path: "Package.swift").path),
            let files = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "plugins.d").path)
        else {
            throw CommandFailure(
                .usage, "\(root.path) is no checkout of BattleScope: there is no Package.swift with a plugins.d.")
        }
        let manifests = files.filter { $0.hasSuffix(".yaml") }
        let isTaken =
            manifests.contains { $0.hasSuffix("-\(name).yaml") }
            || ["Sources/Plugins/\(module)", "Tests/\(module)Tests"].contains {
                FileManager.default.fileExists(atPath: root.appending(path: $0).path)
            }
        guard !isTaken else { throw CommandFailure(.usage, "There is a plugin \(name) already.") }
        let last = manifests.compactMap { Int($0.prefix(2)) }.max() ?? 0
        guard last < 99 else { throw CommandFailure(.usage, "plugins.d has no number left after \(last).") }
        self.name = name
        self.module = module
        schema = PluginName(rawValue: name).identifier
        self.root = root
        number = min(last / 10 * 10 + 10, 99) > last ? min(last / 10 * 10 + 10, 99) : last + 1
    }

    /// Writes everything.
    ///
    /// - Returns: the paths of what was made or changed.
    func write() throws -> [String] {
        let package = try changedPackage()
        var paths: [String] = []
        for (path, text) in files {
            let url = root.appending(path: path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            paths.append(path)
        }
        try Data(package.utf8).write(to: root.appending(path: "Package.swift"))
        return paths + ["Package.swift"]
    }

    /// Brings the generated files up to date.
    func generate() throws {
        for script in ["scripts/generate-registry", "scripts/generate-source-table"] {
            let process = Process()
            process.executableURL = root.appending(path: script)
            process.currentDirectoryURL = root
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw CommandFailure(.unavailable, "\(script) failed; the plugin's files are there. Run it again by hand.")
            }
        }
    }

    private func changedPackage() throws -> String {
        let url = root.appending(path: "Package.swift")
        guard var text = (try? Data(contentsOf: url)).map({ String(decoding: $0, as: UTF8.self) }) else {
            throw CommandFailure(.usage, "\(url.path) cannot be read.")
        }
        for (what, entry) in [("target", target), ("module", moduleEntry), ("tests", testTarget)] {
            let mark = "// `battlescope plugins new` puts a plugin's \(what) above this line."
            guard let range = text.range(of: mark) else {
                throw CommandFailure(.usage, "Package.swift has no line \"\(mark)\", above which the plugin's \(what) would go.")
            }
            // The mark's own indentation is already there.
            text.replaceSubrange(range, with: entry + mark)
        }
        return text
    }

    var manifestPath: String { "plugins.d/\(number)-\(name).yaml" }
}
