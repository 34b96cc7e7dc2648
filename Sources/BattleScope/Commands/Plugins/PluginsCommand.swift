import ArgumentParser

struct PluginsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "Look at the plugins, check their manifests, begin a new one.",
        discussion: "list, validate and graph touch neither network nor database.",
        subcommands: [List.self, Validate.self, Graph.self, Status.self, New.self])
}
