import ArgumentParser
import Foundation
import KernelRuntime

extension PluginsCommand {
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin a plugin: folder, tests, manifest and target, ready to build.",
            discussion: """
                Run it in a checkout of BattleScope. What it makes builds and passes its tests: a setting, a table, a route.
                  battlescope plugins new fleet-doctrines
                """)

        @Argument(help: "The plugin's name: lower-case words joined by hyphens.")
        var name: String

        @Option(help: ArgumentHelp("The checkout.", valueName: "path"))
        var directory = "."

        func run() throws {
            let scaffold = try PluginScaffold(name: name, root: URL(filePath: directory))
            for path in try scaffold.write() { StandardOutput.write("made \(path)\n") }
            try scaffold.generate()
            StandardOutput.write(
                """
                Now:
                  swift build --build-tests --explicit-target-dependency-import-check error
                  swift test --skip-build --filter \(scaffold.module)Tests
                How plugins are written: docs/plugins.md

                """)
        }
    }
}
