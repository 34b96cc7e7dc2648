import ArgumentParser
import KernelRuntime

/// What of the plugins one process serves; what these leave out is for other processes on the same database.
struct SelectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Serve these plugins only; what they require is loaded and serves nothing.", valueName: "name,name"))
    var plugins: String?

    @Option(
        help: ArgumentHelp(
            "Run these workers, jobs and consumers only: plugin.worker, or a plugin's name for all of its own.",
            valueName: "name,name"))
    var workers: String?

    @Flag(help: "Run no workers, jobs and consumers.")
    var noWorkers = false

    @Flag(help: "Serve no routes but /livez and /healthz.")
    var noRoutes = false

    func validate() throws {
        if noWorkers && workers != nil { throw ValidationError("--workers and --no-workers exclude each other") }
        for (flag, value) in [("--plugins", plugins), ("--workers", workers)] where value.map(Self.names)?.isEmpty == true {
            throw ValidationError("\(flag) needs names, joined by commas")
        }
    }

    var selection: PodSelection {
        PodSelection(
            plugins: plugins.map(Self.names), workers: noWorkers ? [] : workers.map(Self.names), servesRoutes: !noRoutes)
    }

    private static func names(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingPrefix { $0.isWhitespace } }.map { String($0) }.filter { !$0.isEmpty }
    }
}
