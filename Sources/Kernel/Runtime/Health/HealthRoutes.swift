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
                Document<PlainText>(Array("ok\n".utf8))
            },
            .get("/healthz", "The process can serve requests", policy: .open(because: "an orchestrator asks")) {
                (_: NoInput, _) in health
            },
        ]
    }

    private var health: HealthAnswer {
        let reports = board.snapshot.reports.filter(\.runsHere)
        return HealthAnswer(
            status: HealthStatus(databaseAnswers: probe.databaseAnswers, redis: probe.redisLink, reports: reports),
            version: version, redis: probe.redisLink,
            plugins: reports.map { .init(name: $0.plugin, state: $0.state) })
    }
}

/// What `/healthz` answers; 503 when the pod is unavailable.
struct HealthAnswer: JSONRepresentable {
    struct Part: JSONRepresentable {
        let name: PluginName
        let state: PluginState

        static let json = JSONForm<Part>("PluginHealth") { form in
            form.text("name") { $0.name.rawValue }
            form.choice("state") { $0.state }
        }
    }

    let status: HealthStatus
    let version: String
    let redis: RedisLinkState
    let plugins: [Part]

    static let json = JSONForm<HealthAnswer>("Health") { form in
        form.choice("status") { $0.status }
        form.text("version") { $0.version }
        form.choice("redis") { $0.redis }
        form.array("plugins") { $0.plugins }
    }

    static var answers: [AnswerDescription] {
        [HTTPResponse.Status.ok, .serviceUnavailable].map { AnswerDescription($0, "application/json", schema) }
    }

    func response() -> Response {
        Response(
            status: status == .unavailable ? .serviceUnavailable : .ok, headers: [.contentType: "application/json"],
            body: jsonBytes)
    }
}

/// How a pod is as a whole.
enum HealthStatus: String, CaseIterable {
    case ok
    /// Something is not as it should be; the pod serves what it can.
    case degraded
    /// Nobody should send requests here: the database is away, or a plugin that the manifest calls indispensable did not start.
    case unavailable

    init(databaseAnswers: Bool, redis: RedisLinkState = .none, reports: [PluginReport]) {
        if !databaseAnswers || reports.contains(where: { $0.isRequired && $0.isMissing }) {
            self = .unavailable
        } else if redis == .away || reports.contains(where: { [.degraded, .retrying, .failed].contains($0.state) }) {
            self = .degraded
        } else {
            self = .ok
        }
    }
}
