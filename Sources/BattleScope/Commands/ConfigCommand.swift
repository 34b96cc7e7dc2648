import ArgumentParser
import KernelAPI
import KernelRuntime

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print every setting, its value and where it came from. Secrets are masked.",
        discussion: "Touches neither network nor database unless --database asks for what admins set in their console.")

    @OptionGroup var options: ProgramOptions

    @Flag(help: "Ask the database, too: what admins set wins over environment and manifests.")
    var database = false

    func run() async throws {
        let program = try Program(flags: options.flags)
        let console: [PluginName: [String: String]] =
            database
            ? try await program.withDatabase(role: .guest) { database, _ in try await ConsoleSettings.all(in: database) } : [:]
        let plugins = try OfflinePlugins.load(program, consoleSettings: console)
        show("program", program.settings.declarations)
        for plugin in plugins where !plugin.settings.isEmpty { show(plugin.name.rawValue, plugin.settings) }
        for sentence in plugins.flatMap(\.passedOver) { StandardError.write("passed over: \(sentence)\n") }
        for name in program.unknownVariables(plugins) {
            StandardError.write("unknown variable \(name): is it misspelt?\n")
        }
    }

    private func show(_ owner: String, _ settings: [SettingsReader.Declaration]) {
        StandardOutput.write("\(owner)\n")
        let width = settings.map(\.key.count).max() ?? 0
        for setting in settings {
            let key = setting.key + String(repeating: " ", count: width - setting.key.count)
            StandardOutput.write(
                "  \(key)  \(setting.value.isEmpty ? "-" : setting.value)  (\(setting.origin))  \(setting.help)\n")
        }
    }
}
