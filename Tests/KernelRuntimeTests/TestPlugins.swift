import KernelAPI
import KernelPostgres

@testable import KernelRuntime

/// What the test plugins tell of their lives, by test: plugins are made by type, so a test hands its record over here.
enum Lives {
    @TaskLocal static var record = Record<String>()
    @TaskLocal static var failing = ""
}

/// A plugin that does nothing but tell.
protocol TellingPlugin: Plugin where Configuration == NoConfiguration {
    var record: Record<String> { get }
    var fails: Bool { get }
}

extension TellingPlugin {
    var contributions: Contributions { Contributions() }
    func start() async throws {
        record.add("start \(Self.name)")
        if fails { throw StartFailure() }
    }
    func stop() async { record.add("stop \(Self.name)") }
}

struct StartFailure: Error {}

struct AlphaPlugin: TellingPlugin {
    static let name: PluginName = "alpha"
    let record = Lives.record
    let fails = Lives.failing == "alpha"
    init(configuration: NoConfiguration, host: PluginHost) {}
}

struct BetaPlugin: TellingPlugin {
    static let name: PluginName = "beta"
    let record = Lives.record
    let fails = Lives.failing == "beta"
    init(configuration: NoConfiguration, host: PluginHost) {}
}

struct GammaPlugin: TellingPlugin {
    static let name: PluginName = "gamma"
    let record = Lives.record
    let fails = Lives.failing == "gamma"
    init(configuration: NoConfiguration, host: PluginHost) {}
}

/// A plugin with a setting, a route, a worker and a migration.
struct RichPlugin: Plugin {
    struct Settings: PluginConfiguration {
        let limit: Int
        init(_ settings: inout SettingsReader) {
            limit = settings.integer("batch_limit", default: 5, in: 1...9, environment: "RICH_LIMIT", help: "How many")
        }
    }

    struct Idle: Worker {
        let name: String
        func step() async throws -> NextStep { .whenWoken(atMost: .seconds(3_600)) }
    }

    static let name: PluginName = "rich"
    let contributions: Contributions

    init(configuration: Settings, host: PluginHost) {
        contributions = Contributions(
            routes: [.get("/rich/{id}", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in NoContent() }],
            workers: [Idle(name: "idle")], migrations: [Migration("m0001_rich", "CREATE TABLE ship (id bigint)")])
    }
}

/// Contributes a route that RichPlugin has, a worker twice, and migrations out of order.
struct UnrulyPlugin: Plugin {
    static let name: PluginName = "unruly"
    let contributions: Contributions

    init(configuration: NoConfiguration, host: PluginHost) {
        contributions = Contributions(
            routes: [
                .get("/rich/{name}", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in NoContent() },
                .get("/healthz", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in NoContent() },
            ])
    }
}

struct MuddledPlugin: Plugin {
    static let name: PluginName = "muddled"
    let contributions: Contributions

    init(configuration: NoConfiguration, host: PluginHost) {
        contributions = Contributions(
            workers: [RichPlugin.Idle(name: "idle"), RichPlugin.Idle(name: "idle")],
            migrations: [Migration("m0002_b", ""), Migration("m0001_a", ""), Migration("It's", "")])
    }
}
