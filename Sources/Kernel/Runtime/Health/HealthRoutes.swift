import HTTPTypes
import KernelAPI

/// `/livez`: the process runs. `/healthz`: it can do its work; 503 when it cannot.
struct HealthRoutes {
    let version: String
    let plugins: [PluginName]
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
        let available = probe.databaseAnswers
        return .json(status: available ? .ok : .serviceUnavailable) { json in
            json.object { json in
                json.field("status", available ? "ok" : "unavailable")
                json.field("version", version)
                json.array("plugins", plugins) { json, name in
                    json.object { json in
                        json.field("name", name.rawValue)
                        json.field("state", "running")
                    }
                }
            }
        }
    }
}
