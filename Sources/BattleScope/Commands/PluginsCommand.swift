import ArgumentParser
import HTTPTypes
import KernelAPI
import KernelRuntime

struct PluginsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "Look at the plugins and their manifests, without touching the network.",
        subcommands: [List.self, Validate.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Which plugins run here, in the order of their start.")

        @OptionGroup var options: ProgramOptions

        func run() throws {
            let program = try Program(flags: options.flags)
            let loaded = Dictionary(uniqueKeysWithValues: try OfflinePlugins.load(program).map { ($0.name, $0) })
            for manifest in try program.manifests().manifests {
                guard let plugin = loaded[manifest.plugin] else {
                    StandardOutput.write("\(manifest.plugin)  disabled  (\(manifest.file))\n")
                    continue
                }
                let requires = manifest.requires.map(\.rawValue).joined(separator: ", ")
                StandardOutput.write("\(manifest.plugin)  enabled  (\(manifest.file))\n")
                if !requires.isEmpty { StandardOutput.write("  requires  \(requires)\n") }
                for route in plugin.servedRoutes { StandardOutput.write("  route     \(route.label)\n") }
                for worker in plugin.servedWorkers { StandardOutput.write("  worker    \(worker.name)\n") }
                StandardOutput.write("  migrations \(plugin.contributions.migrations.count)\n")
            }
        }
    }

    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every manifest against the linked plugins.",
            discussion: "Prints every problem with file, line and key; exit code 78 if there is any. Good for CI on a ConfigMap.")

        @OptionGroup var options: ProgramOptions

        func run() throws {
            let plugins = try OfflinePlugins.load(try Program(flags: options.flags))
            StandardOutput.write("\(plugins.count) plugins, no problems.\n")
        }
    }
}

extension Route {
    /// `GET /battles`
    fileprivate var label: String { "\(method.rawValue) \(path)" }
}
