import Foundation
import Testing

/// Folders, manifests, targets and the registry tell the same story.
@Suite struct StructureTests {
    static let package = RepositoryTree.read("Package.swift") ?? ""

    private static func matches(_ pattern: String, in text: String) throws -> [String] {
        text.matches(of: try Regex(pattern, as: (Substring, Substring).self)).map { String($0.output.1) }
    }

    @Test("Package.swift's test targets are the folders of Tests that hold Swift")
    func testTargets() throws {
        let targets = try Self.matches(#"\.testTarget\(\s*name: "(\w+)""#, in: Self.package)
        let folders = RepositoryTree.folders(in: "Tests").filter { $0.hasSuffix("Tests") }
        #expect(targets.sorted() == folders)
    }

    @Test("Every folder of Sources with Swift or C in it belongs to a target")
    func sourceTargets() throws {
        let targets = try Self.matches(#"path: "(Sources/[\w/]+)""#, in: Self.package)
        for target in targets { #expect(RepositoryTree.exists(target), "Package.swift names \(target), which does not exist") }
        let sources = RepositoryTree.files(below: "Sources", extensions: ["swift", "h", "modulemap"])
        for file in sources {
            #expect(targets.contains { file.path.hasPrefix("\($0)/") }, "\(file.path) belongs to no target")
        }
    }

    @Test("Every target's folder says in its README.md what lives there")
    func readmes() throws {
        for folder in try Self.matches(#"path: "(Sources/[\w/]+)""#, in: Self.package) {
            let readme = RepositoryTree.read("\(folder)/README.md") ?? ""
            let sentences = readme.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace) }
            #expect(!sentences.isEmpty, "\(folder)/README.md says nothing")
        }
    }

    @Test("Plugin folders, manifests, targets and the registry name the same plugins in the same order")
    func plugins() throws {
        let manifests = RepositoryTree.files(below: "plugins.d", extensions: ["yaml"])
        let modules = try manifests.flatMap { try Self.matches(#"(?m)^module: (\w+)$"#, in: $0.text) }
        #expect(modules.count == manifests.count)
        #expect(modules.sorted() == RepositoryTree.folders(in: "Sources/Plugins"))
        #expect(try Self.matches(#"path: "Sources/Plugins/(\w+)""#, in: Self.package).sorted() == modules.sorted())
        let registry = RepositoryTree.read("Sources/BattleScope/PluginRegistry.swift") ?? ""
        #expect(try Self.matches(#"(?m)^    (\w+)Plugin\.self,$"#, in: registry) == modules)
    }

    @Test("Every plugin's tests hold it to the contract of plugins, and with it every door to every kind of person")
    func pluginContracts() throws {
        for module in RepositoryTree.folders(in: "Sources/Plugins") {
            let tests = RepositoryTree.files(below: "Tests/\(module)Tests", extensions: ["swift"])
            let pattern = try Regex(#"PluginContract\.complaints\(\s*about: "# + module + #"Plugin\.self"#)
            #expect(tests.contains { $0.text.contains(pattern) }, "Tests/\(module)Tests does not ask PluginContract about it")
        }
    }

    @Test("A plugin's target depends on the kernel's API, EVE and the logging and metrics APIs, nothing else")
    func pluginDependencies() throws {
        let allowed: Set<String> = ["KernelAPI", "EVE", "Logging", "Metrics"]
        let pattern = #"dependencies: \[([^\]]*)\],\s+path: "Sources/Plugins/\w+""#
        let lists = try Self.matches(pattern, in: Self.package)
        #expect(lists.count == RepositoryTree.folders(in: "Sources/Plugins").count)
        for list in lists {
            let products = try Self.matches(#"\.product\(name: "(\w+)""#, in: list)
            let targets = try Self.matches(#""(\w+)""#, in: list.replacing(/\.product\([^)]*\)/, with: ""))
            #expect(Set(products + targets).isSubset(of: allowed), "\(list)")
        }
    }

    @Test("KernelAPI has no package access: plugins are in the same package")
    func noPackageAccess() {
        for file in RepositoryTree.files(below: "Sources/Kernel/API", extensions: ["swift"]) {
            for line in SwiftLines(file.text).lines
            where line.code.contains(/\bpackage\s+(func|var|let|struct|class|actor|enum|init)/) {
                Issue.record("\(file.path):\(line.number): \(line.code.trimmingSpaces)")
            }
        }
    }

    @Test("Manifests are named by number and plugin: 30-battle-reports.yaml")
    func manifestNames() throws {
        for manifest in RepositoryTree.files(below: "plugins.d", extensions: ["yaml"]) {
            let plugin = try Self.matches(#"(?m)^plugin: ([\w-]+)$"#, in: manifest.text).first ?? "?"
            #expect(manifest.path.contains(try Regex(#"^plugins\.d/\d\d-\#(plugin)\.yaml$"#)), "\(manifest.path)")
        }
    }
}
