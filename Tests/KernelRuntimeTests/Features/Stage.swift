import KernelAPI
import Synchronization

@testable import KernelRuntime

/// What the plugins of one pod do and tell. Plugins are made by type, so a pod hands its stage over by task.
final class Stage: Sendable {
    @TaskLocal static var current = Stage()

    /// Everything that happened, in order: `start deck`, `step deck`, `stop deck`...
    let record = Record<String>()
    private let acts = Mutex<[String: @Sendable () async throws -> Void]>([:])
    private let instances = Mutex<[PluginName: Int]>([:])
    private let conditions = Mutex<[PluginName: PluginHealth]>([:])

    /// From now on this happens at an event, after it was told.
    func at(_ event: String, _ act: (@Sendable () async throws -> Void)?) { acts.withLock { $0[event] = act } }

    func happen(_ event: String) async throws {
        record.add(event)
        if let act = acts.withLock({ $0[event] }) { try await act() }
    }

    /// Waits for an event that nobody has waited for yet; what came before it is passed over.
    func wait(for event: String) async {
        while let next = await record.next() { if next == event { return } }
    }

    /// Steps left out, for they are many.
    var lives: [String] { record.all.filter { !$0.contains("step") } }

    func newInstance(of plugin: PluginName) -> Int {
        instances.withLock { instances in
            instances[plugin, default: 0] += 1
            return instances[plugin, default: 0]
        }
    }

    /// What a plugin says of itself.
    subscript(health plugin: PluginName) -> PluginHealth {
        get { conditions.withLock { $0[plugin] ?? .healthy } }
        set { conditions.withLock { $0[plugin] = newValue } }
    }

    /// Never ends, not by cancellation either.
    @Sendable static func hang() async { await Task { await withCheckedContinuation { Stage.hanging.keep($0) } }.value }

    /// Keeps continuations that are never resumed, so that the runtime does not warn about them.
    private static let hanging = Hanging()
    private final class Hanging: Sendable {
        private let all = Mutex<[CheckedContinuation<Void, Never>]>([])
        func keep(_ continuation: CheckedContinuation<Void, Never>) { all.withLock { $0.append(continuation) } }
    }
}

struct StageSettings: PluginConfiguration {
    let limit: Int

    init(_ settings: inout SettingsReader) {
        limit = settings.integer("limit", default: 5, in: 1...9, help: "How many")
        _ = settings.text("token", help: "A secret", secret: true)
    }
}

/// A plugin with a route, a worker and a menu entry that tells its stage what happens.
protocol StagePlugin: HealthReporting where Configuration == StageSettings {
    var actor: StageActor { get }
}

struct StageActor: Sendable {
    let stage = Stage.current
    let name: PluginName
    let number: Int
    let limit: Int

    init(_ name: PluginName, _ settings: StageSettings) {
        self.name = name
        number = Stage.current.newInstance(of: name)
        limit = settings.limit
    }

    var contributions: Contributions {
        Contributions(
            routes: [
                .get("/\(name)", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in
                    try await stage.happen("request \(name)")
                    return StageAnswer(limit: limit)
                },
                .get("/\(name)/stream", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in
                    EventStream { _ in
                        try await stage.happen("stream \(name)")
                        for await _ in AsyncStream<Void>.makeStream().stream {}
                        try await stage.happen("streamed \(name)")
                    }
                },
            ],
            workers: [StageWorker(actor: self)], menu: [MenuEntry(name.rawValue, path: "/\(name)", policy: .signedIn)])
    }
}

struct StageAnswer: JSONRepresentable {
    let limit: Int
    static let json = JSONForm<StageAnswer>("StageAnswer") { form in form.integer("limit") { $0.limit } }
}

private struct StageWorker: Worker {
    let name = "crew"
    let actor: StageActor

    func step() async throws -> NextStep {
        try await actor.stage.happen("step \(actor.name)")
        return .after(.milliseconds(5))
    }
}

extension StagePlugin {
    var contributions: Contributions { actor.contributions }
    func start() async throws { try await actor.stage.happen("start \(Self.name)") }
    func stop() async { try? await actor.stage.happen("stop \(Self.name)") }
    func health() async -> PluginHealth { actor.stage[health: Self.name] }
}

/// Nobody has roles on it; the deck requires it.
struct HarborPlugin: StagePlugin {
    static let name: PluginName = "harbor"
    let actor: StageActor
    init(configuration: StageSettings, host: PluginHost) { actor = StageActor(Self.name, configuration) }
}

struct DeckPlugin: StagePlugin {
    static let name: PluginName = "deck"
    static let feature: FeatureDeclaration? = FeatureDeclaration(title: "Deck", summary: "A test")
    let actor: StageActor
    init(configuration: StageSettings, host: PluginHost) { actor = StageActor(Self.name, configuration) }
}

/// Has nothing to do with the others.
struct BuoyPlugin: StagePlugin {
    static let name: PluginName = "buoy"
    static let feature: FeatureDeclaration? = FeatureDeclaration(title: "Buoy", summary: "A test")
    let actor: StageActor
    init(configuration: StageSettings, host: PluginHost) { actor = StageActor(Self.name, configuration) }
}

/// The manifests of the three, with what a test adds to each.
enum StageManifests {
    static func documents(_ additions: [PluginName: String] = [:]) -> [(file: String, yaml: String)] {
        [("10-harbor", "harbor", ""), ("20-deck", "deck", "requires: [harbor]\n"), ("30-buoy", "buoy", "")].map {
            file, name, more in
            (
                "\(file).yaml",
                """
                plugin: \(name)
                module: KernelRuntimeTests
                contributes: { routes: [GET /\(name), GET /\(name)/stream], workers: [crew] }
                \(more)\(additions[PluginName(rawValue: name)] ?? "")
                """
            )
        }
    }
}
