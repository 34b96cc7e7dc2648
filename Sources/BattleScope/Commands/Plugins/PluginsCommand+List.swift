import ArgumentParser
import KernelAPI
import KernelRuntime

extension PluginsCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Which plugins run here, in the order of their start.")

        @OptionGroup var options: ProgramOptions
        @OptionGroup var selection: SelectionOptions

        func run() throws {
            let program = try Program(flags: options.flags)
            let manifests = try selection.selection.applied(to: try program.manifests())
            let loaded = Dictionary(uniqueKeysWithValues: try OfflinePlugins.load(program, manifests).map { ($0.name, $0) })
            for manifest in manifests.manifests {
                guard let plugin = loaded[manifest.plugin] else {
                    StandardOutput.write("\(manifest.plugin)  disabled  (\(manifest.file))\n")
                    continue
                }
                StandardOutput.write(
                    "\(manifest.plugin)  \(manifest.isForThisPod ? "enabled" : "not here")  (\(manifest.file))\n")
                if manifest.isForThisPod { show(plugin) }
            }
        }

        private func show(_ plugin: LoadedPlugin) {
            let served = plugin.servedWork
            let contributions = plugin.contributions
            line("feature", type(of: plugin.plugin).feature.map { [$0.title] } ?? [])
            line("requires", plugin.manifest.requires.map(\.rawValue))
            line("route", plugin.servedRoutes.map(\.label))
            line("worker", contributions.workers.map(\.name).filter(served.contains))
            line("job", contributions.jobs.map(\.name).filter(served.contains))
            line("consumer", contributions.consumers.map(\.name).filter(served.contains))
            line("topic", contributions.topics.map(\.rawValue))
            StandardOutput.write("  migrations \(contributions.migrations.count)\n")
        }

        private func line(_ kind: String, _ values: [String]) {
            let label = kind + String(repeating: " ", count: max(0, 10 - kind.count))
            for value in values { StandardOutput.write("  \(label) \(value)\n") }
        }
    }
}
