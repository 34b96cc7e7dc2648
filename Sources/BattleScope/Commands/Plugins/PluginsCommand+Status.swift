import ArgumentParser
import KernelAPI
import KernelRuntime

extension PluginsCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What every pod says about its plugins.",
            discussion: """
                Reads the database; a pod that has said nothing for a minute is marked as gone. Pods that run a plugin with
                another configuration than most are marked with *.
                """)

        @OptionGroup var options: ProgramOptions

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            let program = try Program(
                flags: options.flags.merging(["LOG_LEVEL": options.logLevel ?? "error"]) { _, new in new })
            let pods = try await program.withDatabase(role: .guest) { database, _ in
                do {
                    return try await FleetStore(database: database).pods()
                } catch let error as DatabaseError where error.sqlState == Self.undefinedTable {
                    throw CommandFailure(.configuration, "The database has no tables yet: no server has run on it.")
                }
            }
            let report = FleetReport(pods)
            if json {
                StandardOutput.write(report.json)
            } else {
                StandardOutput.write(pods.isEmpty ? "No pod has said anything: none runs.\n" : report.table)
            }
        }

        private static let undefinedTable = "42P01"
    }
}

/// The fleet for people and for programs.
struct FleetReport {
    private let pods: [PodPlugin]
    /// The configuration that most living pods run a plugin with.
    private let usualHash: [PluginName: String]

    init(_ pods: [PodPlugin]) {
        self.pods = pods
        usualHash = Dictionary(grouping: pods.filter { !$0.isGone }, by: \.plugin).compactMapValues { pods in
            let counts = Dictionary(grouping: pods, by: \.configurationHash).mapValues(\.count)
            return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        }
    }

    private func differs(_ pod: PodPlugin) -> Bool {
        !pod.isGone && usualHash[pod.plugin].map { $0 != pod.configurationHash } ?? false
    }

    var table: String {
        let header = ["PLUGIN", "POD", "STATE", "VERSION", "CONFIGURATION", "ROUTES", "WORKERS", "SEEN"]
        let rows = pods.map { pod in
            [
                pod.plugin.rawValue, pod.pod, pod.isGone ? "gone" : pod.state.rawValue, pod.version,
                pod.configurationHash + (differs(pod) ? " *" : ""), pod.servesRoutes ? "yes" : "-",
                pod.workers.isEmpty ? "-" : pod.workers.joined(separator: ","), pod.seenAt.iso8601,
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
            return String(padded.reversed().drop { $0 == " " }.reversed()) + "\n"
        }
        let errors = pods.filter { !$0.isGone }.compactMap { pod in
            pod.lastError.map { "\(pod.plugin) on \(pod.pod): \($0)\n" }
        }
        return ([header] + rows).map(line).joined() + (errors.isEmpty ? "" : "\n") + errors.joined()
    }

    var json: String {
        var writer = JSONWriter()
        writer.object { json in
            json.array("items", pods) { json, pod in
                json.object { json in
                    json.field("pod", pod.pod)
                    json.field("plugin", pod.plugin.rawValue)
                    json.field("version", pod.version)
                    json.field("configurationHash", pod.configurationHash)
                    json.field("differs", differs(pod))
                    json.field("state", pod.state.rawValue)
                    json.field("lastError", pod.lastError)
                    json.field("servesRoutes", pod.servesRoutes)
                    json.array("workers", pod.workers) { $0.value($1) }
                    json.field("startedAt", pod.startedAt)
                    json.field("seenAt", pod.seenAt)
                    json.field("isGone", pod.isGone)
                }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
