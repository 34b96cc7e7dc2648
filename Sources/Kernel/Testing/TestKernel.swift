public import Foundation
import HTTPTypes
public import KernelAPI
public import KernelPostgres
public import KernelRuntime
public import Logging

/// Plugins as a pod runs them, without sockets and without the passing of time: a test calls a route, takes one step of a
/// worker, moves the clock, looks into the database.
///
/// ```swift
/// try await TestKernel.run([KillmailsPlugin.self], contracts: contracts) { kernel in
///     try await kernel.step("killmails.ingest")
///     let answer = await kernel.get("/killmails/recent")
/// }
/// ```
public struct TestKernel: Sendable {
    /// Dependencies first.
    public let plugins: [LoadedPlugin]
    public let database: PostgresDatabase
    /// The test's own database, for a second program on it.
    public let databaseURL: String
    public let clock: ManualClock
    /// What plugins are lent, for a test that makes a part of a plugin by itself.
    public let host: PluginHost
    private let dispatcher: Dispatcher
    private let settings: Settings
    private let runJob: @Sendable (JobRegistration, Date) async throws -> JobRunStatus

    private struct Settings: Sendable {
        let registry: [any Plugin.Type]
        let manifests: ManifestSet
        let variables: [String: String]
        let contracts: ContractRegistry
        let logger: Logger
    }

    /// A worker or job that no loaded plugin has.
    public struct NoSuchWorker: Error, CustomStringConvertible {
        public let description: String
    }

    /// Runs `body` with plugins on a new database, and closes everything afterwards.
    ///
    /// - Parameters:
    ///   - registry: the plugins' types.
    ///   - manifests: `nil` for those of `plugins.d`.
    ///   - variables: the environment: settings by their variables' names.
    ///   - contracts: what the program would offer to plugins.
    @discardableResult
    public static func run<Result: Sendable>(
        _ registry: [any Plugin.Type], manifests: ManifestSet? = nil, variables: [String: String] = [:],
        contracts: ContractRegistry = ContractRegistry(), clock: ManualClock = ManualClock(), logger: Logger = silent,
        _ body: @Sendable (TestKernel) async throws -> Result
    ) async throws -> Result {
        let settings = Settings(
            registry: registry, manifests: try manifests ?? ShippedManifests.of(registry.map { $0.name }), variables: variables,
            contracts: contracts, logger: logger)
        let template = PostgresFixture.TemplateName("plugins_" + registry.map { $0.name.identifier }.joined(separator: "_"))
        let url = try await PostgresFixture.shared.database(template: template) { url in
            try await withKernel(settings, url: url, clock: clock, migrates: true) { kernel, _ in
                try await kernel.prepare()
            }
        }
        return try await run(settings, url: url, clock: clock, body)
    }

    /// Runs `body` with a second pod: the same plugins with connections of their own on the same database.
    @discardableResult
    public func withSecondPod<Result: Sendable>(
        variables: [String: String]? = nil, contracts: ContractRegistry? = nil,
        _ body: @Sendable (TestKernel) async throws -> Result
    ) async throws -> Result {
        let theirs = Settings(
            registry: settings.registry, manifests: settings.manifests, variables: variables ?? settings.variables,
            contracts: contracts ?? settings.contracts, logger: settings.logger)
        return try await Self.run(theirs, url: databaseURL, clock: clock, body)
    }

    /// Says nothing: a test looks at what happened, not at what was said about it.
    public static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    /// Who asks in a test that says nothing about it.
    private static let superAdmin = Principal(
        accountID: UUID(), displayName: "Test", isSuperAdmin: true, roles: [:], credential: .session(UUID()))

    // MARK: What a test does

    /// Calls a route.
    ///
    /// - Parameter target: path and query as over the wire, percent-encoded.
    public func get(_ target: String) async -> TestAnswer {
        let answer = await dispatcher.answer(.get, target)
        return TestAnswer(status: answer.status.code, headers: answer.headers, body: answer.body)
    }

    /// The worker `plugin.worker`.
    public func worker(_ label: String) throws -> any Worker {
        for plugin in plugins {
            for worker in plugin.servedWorkers where "\(plugin.name).\(worker.name)" == label { return worker }
        }
        throw NoSuchWorker(description: "no loaded plugin has the worker \(label)")
    }

    /// Takes one step of the worker `plugin.worker`.
    @discardableResult
    public func step(_ label: String) async throws -> NextStep { try await worker(label).step() }

    /// Takes steps until the worker has nothing more to do at once.
    ///
    /// - Parameter limit: more steps than that are a worker that never rests.
    public func drain(_ label: String, atMost limit: Int = 1_000) async throws {
        for _ in 0..<limit {
            guard case .immediately = try await step(label) else { return }
        }
        throw NoSuchWorker(description: "\(label) did not rest after \(limit) steps")
    }

    /// Runs the job `plugin.job` once, through the scheduler's table.
    ///
    /// - Parameter tick: the moment that the run stands for; the clock's time unless told otherwise.
    /// - Returns: how the table says that it ended.
    /// - Throws: what the job threw.
    @discardableResult
    public func run(job label: String, at tick: Date? = nil) async throws -> JobRunStatus {
        for plugin in plugins {
            for job in plugin.jobRegistrations where job.label == label {
                return try await runJob(job, tick ?? clock.now)
            }
        }
        throw NoSuchWorker(description: "no loaded plugin has the job \(label)")
    }

    /// Runs SQL that returns nothing of interest: triggers, settings, rows.
    public func execute(_ sql: String) async throws {
        try await database.withSession { try await $0.simple("test.execute", sql: sql) }
    }

    // MARK: Making one

    private static func run<Result: Sendable>(
        _ settings: Settings, url: String, clock: ManualClock, _ body: @Sendable (TestKernel) async throws -> Result
    ) async throws -> Result {
        try await withKernel(settings, url: url, clock: clock, migrates: false) { kernel, database in
            try await kernel.prepare()
            let plugins = await kernel.plugins
            let made = TestKernel(
                plugins: plugins, database: database, databaseURL: url, clock: clock, host: kernel.host("test"),
                dispatcher: Dispatcher(
                    routes: plugins.flatMap(\.servedRoutes), authenticator: FixedAuthenticator(superAdmin),
                    logger: settings.logger),
                settings: settings, runJob: { try await kernel.run(job: $0, at: $1) })
            return try await body(made)
        }
    }

    private static func withKernel<Result: Sendable>(
        _ settings: Settings, url: String, clock: ManualClock, migrates: Bool,
        _ body: @Sendable (Kernel, PostgresDatabase) async throws -> Result
    ) async throws -> Result {
        var configuration = try PostgresConfiguration(url: url)
        // Hundreds of tests share the machine: none of them is about how long a connection may take.
        configuration.poolWaitDeadline = .seconds(60)
        configuration.connectDeadline = .seconds(60)
        let database = PostgresDatabase(configuration: configuration, logger: settings.logger)
        let result: Swift.Result<Result, any Error>
        do {
            guard let listen = ListenAddress("127.0.0.1:0") else { throw ConfigurationError("the test's address is none") }
            let kernel = try Kernel(
                configuration: .init(listen: listen, migrates: migrates, version: "test"), manifests: settings.manifests,
                loader: PluginLoader(registry: settings.registry, environment: EnvironmentLookup(settings.variables)),
                database: database, contracts: settings.contracts, logger: settings.logger, clock: clock)
            result = .success(try await body(kernel, database))
        } catch {
            result = .failure(error)
        }
        await database.close()
        return try result.get()
    }
}
