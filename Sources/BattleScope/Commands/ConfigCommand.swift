import ArgumentParser
import KernelAPI
import KernelRuntime

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print every setting, its value and where it came from. Secrets are masked.")

    @OptionGroup var options: ProgramOptions

    func run() throws {
        let program = try Program(flags: options.flags)
        let plugins = try OfflinePlugins.load(program)
        show("program", program.settings.declarations)
        for plugin in plugins where !plugin.settings.isEmpty { show(plugin.name.rawValue, plugin.settings) }
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
