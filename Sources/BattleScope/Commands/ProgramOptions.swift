import ArgumentParser

/// Flags that most commands take.
struct ProgramOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where embedded servers keep their data.", valueName: "path"))
    var dataDir: String?

    @Option(help: ArgumentHelp("The folder with the plugin manifests.", valueName: "path"))
    var pluginsDir: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String?

    /// By the names of the variables that they override.
    var flags: [String: String?] {
        ["BATTLESCOPE_DATA_DIR": dataDir, "BATTLESCOPE_PLUGINS_DIR": pluginsDir, "LOG_LEVEL": logLevel]
    }
}
