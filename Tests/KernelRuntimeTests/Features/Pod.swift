import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import Logging
import ServiceLifecycle
import Testing

@testable import KernelRuntime

/// A whole kernel that runs the stage's plugins on a test's database, for as long as a test looks at it.
struct Pod: Sendable {
    let kernel: Kernel
    let stage: Stage
    let log: LogRecorder
    private let dispatcher: Dispatcher
    private let group: ServiceGroup

    private struct Runner: Service {
        let kernel: Kernel
        let stage: Stage
        func run() async throws { try await Stage.$current.withValue(stage) { try await kernel.run() } }
    }

    struct Options: Sendable {
        var manifests: [PluginName: String] = [:]
        /// Read from this folder, and followed.
        var directory: String?
        var variables: [String: String] = [:]
        var selection = PodSelection.all
        var deadlines = Pod.patient
    }

    /// Nobody is cancelled because the machine is busy; what is looked at from time to time is looked at often.
    static let patient: PluginDeadlines = {
        var deadlines = PluginDeadlines()
        deadlines.start = .seconds(60)
        deadlines.stop = .seconds(60)
        deadlines.drain = .seconds(60)
        deadlines.optionalStart = .seconds(60)
        deadlines.firstRetry = .milliseconds(10)
        deadlines.watch = .milliseconds(50)
        deadlines.healthPoll = .milliseconds(50)
        deadlines.manifestPoll = .milliseconds(50)
        deadlines.report = .milliseconds(200)
        return deadlines
    }()

    /// What hangs is given up soon.
    static let impatient: PluginDeadlines = {
        var deadlines = patient
        deadlines.start = .seconds(1)
        deadlines.stop = .seconds(1)
        deadlines.drain = .seconds(1)
        deadlines.step = .seconds(1)
        deadlines.grace = .milliseconds(100)
        deadlines.health = .seconds(1)
        return deadlines
    }()

    init(_ database: PostgresDatabase, _ options: Options = Options()) throws {
        let manifests =
            try options.directory.map { try ManifestSet(directory: $0) }
            ?? ManifestSet(documents: StageManifests.documents(options.manifests))
        var configuration = Kernel.Configuration(
            listen: try #require(ListenAddress("127.0.0.1:0")), migrates: false, version: "test")
        configuration.selection = options.selection
        configuration.deadlines = options.deadlines
        configuration.manifestsDirectory = options.directory
        let stage = Stage()
        let log = LogRecorder()
        self.stage = stage
        self.log = log
        kernel = try Stage.$current.withValue(stage) {
            try Kernel(
                configuration: configuration, manifests: manifests,
                loader: PluginLoader(
                    registry: [HarborPlugin.self, DeckPlugin.self, BuoyPlugin.self],
                    environment: EnvironmentLookup(options.variables)),
                database: database, contracts: ContractRegistry(), logger: log.logger,
                onListening: { _ in stage.record.add("listening") })
        }
        dispatcher = Dispatcher(
            mounted: kernel.services.mounted, streams: kernel.services.streams, authenticator: FixedAuthenticator(nil),
            logger: silent)
        group = ServiceGroup(services: [Runner(kernel: kernel, stage: stage)], logger: silent)
    }

    /// Runs pods side by side while `body` looks at them, then ends them in order.
    static func run(_ pods: [Pod], _ body: @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for pod in pods { tasks.addTask { try await pod.group.run() } }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            for pod in pods { await pod.end() }
            try result.get()
            try await tasks.waitForAll()
        }
    }

    func end() async { await group.triggerGracefulShutdown() }

    // MARK: Looking at it

    func get(_ path: String) async -> TestAnswer {
        let answer = await dispatcher.answer(.get, path)
        return TestAnswer(status: answer.status.code, headers: answer.headers, body: answer.body)
    }

    /// Reads a plugin's stream until it ends.
    ///
    /// - Returns: why the server ended it, once it has.
    func follow(_ path: String) async throws -> OneShot<OpenStreams.End> {
        let stream = try #require(await dispatcher.answer(IncomingRequest(.get, path)).stream)
        let ending = OneShot<OpenStreams.End>()
        // Ends with the stream, and every stream ends with its pod.
        let reading = Task {
            await stream.run(NoSink())
            stream.close()
        }
        stream.onEnd { reason in
            ending.fulfil(reason)
            reading.cancel()
        }
        return ending
    }

    private struct NoSink: EventSink {
        func send(_ event: ServerSentEvent) async throws {}
        func advance(to id: String) async {}
    }

    var administration: any FeatureAdministration {
        get throws { try kernel.host("test").contract((any FeatureAdministration).self) }
    }

    @discardableResult
    func change(_ plugin: PluginName, _ change: FeatureChange, by principal: Principal = superadmin) async throws -> FeatureStatus
    {
        if principal == Self.superadmin { try await Self.makeSuperadmin(in: kernel.services.database) }
        return try await administration.change(plugin, change, by: principal, actor: .system)
    }

    /// Lets ``superadmin`` have an account, once.
    static func makeSuperadmin(in database: any Database) async throws {
        try await database.query(insertSuperadmin, superadmin.accountID, ManualClock().now)
    }

    private static let insertSuperadmin = Statement(
        "test.insert_superadmin",
        """
        INSERT INTO kernel.account (id, display_name, is_superadmin, created_at) VALUES ($1, 'Test', true, $2)
        ON CONFLICT DO NOTHING
        """)

    static let superadmin = Principal(
        accountID: UUID(), displayName: "Test", isSuperAdmin: true, roles: [:], credential: .session(UUID()))

    /// Waits until this pod says so of one of its plugins.
    @discardableResult
    func wait(for plugin: PluginName, _ condition: @Sendable (PluginReport) -> Bool) async -> PluginReport? {
        for await snapshot in kernel.services.board.published.values() {
            if let report = snapshot.report(plugin), condition(report) { return report }
        }
        return nil
    }

    @discardableResult
    func wait(for plugin: PluginName, _ state: PluginState) async -> PluginReport? {
        await wait(for: plugin) { $0.state == state }
    }

    var menu: [String] { kernel.services.directory.menu.map(\.title) }
}

/// A folder with the stage's manifests, gone after the test.
struct ManifestFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "battlescope-manifests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for document in StageManifests.documents() { try write(document.file, document.yaml) }
    }

    /// As a ConfigMap or a careful editor does it: the file is there as a whole or not at all.
    func write(_ file: String, _ yaml: String) throws {
        try Data(yaml.utf8).write(to: URL(filePath: path + "/" + file), options: .atomic)
    }

    func change(_ plugin: PluginName, adding text: String) throws {
        let document = try #require(StageManifests.documents([plugin: text]).first { $0.file.hasSuffix("-\(plugin).yaml") })
        try write(document.file, document.yaml)
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: path + "/" + file) }

    func delete() { try? FileManager.default.removeItem(atPath: path) }
}
