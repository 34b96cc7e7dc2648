import ArgumentParser
import KernelRuntime

struct OpenAPICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Print the API as an OpenAPI 3.1 document, without touching the network.",
        discussion: "What a pod with these manifests answers at /openapi.json.")

    @OptionGroup var options: ProgramOptions

    func run() throws {
        let program = try Program(flags: options.flags)
        let plugins = try OfflinePlugins.load(program)
        let document = Kernel.openAPI(
            of: plugins, version: BattleScope.version, database: try OfflinePlugins.nowhere(program), logger: program.logger)
        StandardOutput.write(String(decoding: document, as: UTF8.self) + "\n")
    }
}
