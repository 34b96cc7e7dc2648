import ArgumentParser
import AsyncHTTPClient
import EVE
import EVEClients
import Foundation
import KernelRuntime
import Killmails

struct SDECommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sde", abstract: "EVE's static data export: names of systems and ships, kinds of space.",
        subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Load the static data export into the database.",
            discussion: """
                From a folder or zip with the export's JSONL files, or from a URL; without either, from SDE_URL.
                Again after each release of the game; the server needs no restart.
                """)

        @OptionGroup var options: ProgramOptions

        @Argument(help: ArgumentHelp("A folder, a zip, a .jsonl file, or a URL.", valueName: "path or url"))
        var source: String?

        @Flag(help: "Do nothing when there was an import before.")
        var ifMissing = false

        func run() async throws {
            let program = try Program(flags: options.flags)
            let plugins = try OfflinePlugins.load(program)
            try await program.withDatabase(role: .guest) { database, isEmbedded in
                let migrator = Migrator(plugins: plugins, logger: program.logger)
                if isEmbedded {
                    try await migrator.migrate(database)
                } else if let first = try await migrator.pending(database).first {
                    throw CommandFailure(
                        .configuration, "the database lacks migrations (\(first)...). Run battlescope migrate first.")
                }
                let store = StaticDataStore(database: database)
                if ifMissing, try await store.hasImport() {
                    StandardError.write("Static data is there already.\n")
                    return
                }
                let source = source ?? StaticDataDownload.newest(below: program.settings.staticDataURL)
                let map = try await load(source, program)
                let filled = try await store.replace(by: map, source: source, now: Date())
                StandardError.write(
                    "Imported \(map.solarSystems.count) solar systems and \(map.types.count) types; "
                        + "\(filled) killmails got their kind of space.\n")
            }
        }

        private func load(_ source: String, _ program: Program) async throws -> UniverseMap {
            guard source.hasPrefix("http://") || source.hasPrefix("https://") else { return try read(source) }
            let directory = FileManager.default.temporaryDirectory.appending(path: "battlescope-sde-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let client = HTTPClient(eventLoopGroupProvider: .singleton)
            let result: Result<UniverseMap, any Error>
            do {
                StandardError.write("Downloading \(source)\n")
                let path = directory + "/export.zip"
                let meter = DownloadMeter()
                try await StaticDataDownload(client: client, identity: try program.identity())
                    .download(source, to: path) { meter.show($0) }
                result = .success(try read(path))
            } catch {
                result = .failure(error)
            }
            try await client.shutdown()
            return try result.get()
        }

        private func read(_ path: String) throws -> UniverseMap {
            let map = try StaticDataReader.map(path: path)
            guard !map.solarSystems.isEmpty else {
                throw CommandFailure(.usage, "\(path) holds no solar systems (mapSolarSystems.jsonl)")
            }
            return map
        }
    }
}
