import ArgumentParser
import KernelAPI
import KernelRuntime

extension PluginsCommand {
    struct Graph: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which plugin requires which: a tree for people, or Graphviz.",
            discussion: """
                A plugin stands above what it requires. A disabled one is marked.
                  battlescope plugins graph --dot | dot -Tsvg > plugins.svg
                """)

        @OptionGroup var options: ProgramOptions

        @Flag(help: "Print it in Graphviz's language.")
        var dot = false

        func run() throws {
            let set = try Program(flags: options.flags).manifests()
            StandardOutput.write(dot ? DependencyGraph(set).dot : DependencyGraph(set).tree)
        }
    }
}

/// The plugins' requirements as text.
struct DependencyGraph {
    private let manifests: [Manifest]
    private let byName: [PluginName: Manifest]

    init(_ set: ManifestSet) {
        manifests = set.manifests
        byName = Dictionary(uniqueKeysWithValues: set.manifests.map { ($0.plugin, $0) })
    }

    /// From those that nobody requires down to those that require nothing.
    var tree: String {
        let required = Set(manifests.flatMap(\.requires))
        return manifests.reversed().filter { !required.contains($0.plugin) }.map { branch($0.plugin, indentation: "") }.joined()
    }

    private func branch(_ name: PluginName, indentation: String) -> String {
        let manifest = byName[name]
        // ManifestSet has refused circles, so this ends.
        let below = manifest?.requires ?? []
        var text = "\(name)\(manifest?.enabled == true ? "" : "  (disabled)")\n"
        for (index, required) in below.enumerated() {
            let isLast = index == below.count - 1
            text += indentation + (isLast ? "└─ " : "├─ ")
            text += branch(required, indentation: indentation + (isLast ? "   " : "│  "))
        }
        return text
    }

    var dot: String {
        var lines = ["digraph plugins {", "    rankdir=BT;", "    node [shape=box];"]
        for manifest in manifests {
            lines.append("    \"\(manifest.plugin)\"\(manifest.enabled ? "" : " [style=dashed]");")
            for required in manifest.requires { lines.append("    \"\(manifest.plugin)\" -> \"\(required)\";") }
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }
}
