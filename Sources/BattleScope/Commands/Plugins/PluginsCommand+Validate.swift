import ArgumentParser
import KernelRuntime

extension PluginsCommand {
    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every manifest against the linked plugins.",
            discussion: "Prints every problem with file, line and key; exit code 78 if there is any. Good for CI on a ConfigMap.")

        @OptionGroup var options: ProgramOptions
        @OptionGroup var selection: SelectionOptions

        func run() throws {
            let program = try Program(flags: options.flags)
            let manifests = try selection.selection.applied(to: try program.manifests())
            let plugins = try OfflinePlugins.load(program, manifests)
            StandardOutput.write("\(plugins.count) plugins, no problems.\n")
        }
    }
}
