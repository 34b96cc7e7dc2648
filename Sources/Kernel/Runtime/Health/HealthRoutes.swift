import HTTPTypes
import KernelAPI

/// `/livez`: the process runs. `/healthz`: it can do its work; 503 when it cannot.
struct HealthRoutes {
    let version: String
    let board: FeatureBoard
    let probe: HealthProbe

    var routes: [Route] {
        [
            .get("/livez", "The process runs", policy: .open(because: "an orchestrator asks")) { (_: NoInput, _) in
                Response(headers: [.contentType: "text/plain"], body: Array("ok\n".utf8))
            },
            .get("/healthz", "The process can serve requests", policy: .open(because: "an orchestrator asks")) {
                (_: NoInput, _) in health
            },
        ]
    }

    private var health: Response {
        let reports = board.snapshot.reports.filter(\.runsHere)
        let status = HealthStatus(databaseAnswers: probe.databaseAnswers, reports: reports)
        return .json(status: status == .unavailable ? .serviceUnavailable : .ok) { json in
            json.object { json in
                json.field("status", status.rawValue)
                json.field("version", version)
                json.array("plugins", reports) { json, report in
                    json.object { json in
                        json.field("name", report.plugin.rawValue)
                        json.field("state", report.state.rawValue)
                    }
                }
            }
        }
    }
}

/// How a pod is as a whole.
enum HealthStatus: String {
    case ok
    /// Something is not as it should be; the pod serves what it can.
    case degraded
    /// Nobody should send requests here: the database is away, or a plugin that the manifest calls indispensable did not start.
    case unavailable

    init(databaseAnswers: Bool, reports: [PluginReport]) {
        if !databaseAnswers || reports.contains(where: { $0.isRequired && $0.isMissing }) {
            self = .unavailable
        } else if reports.contains(where: { [.degraded, .retrying, .failed].contains($0.state) }) {
            self = .degraded
        } else {
            self = .ok
        }
    }
}
