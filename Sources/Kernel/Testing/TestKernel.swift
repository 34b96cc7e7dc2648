public import Foundation
public import HTTPTypes
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
    private let mounted: MountedRoutes
    private let streams: OpenStreams
    private let authenticator: TestAuthenticator
    private let contract: AnswerContract
    private let settings: Settings
    private let runJob: @Sendable (JobRegistration, Date) async throws -> JobRunStatus

    private struct Settings: Sendable {
        let registry: [any Plugin.Type]
        let manifests: ManifestSet
        let variables: [String: String]
        let contracts: ContractRegistry
        let identity: IdentityConfiguration
        let logger: Logger
    }

    /// Where browsers reach the pod.
    public static let origin = "https://battles.example.org"

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
    ///   - identity: how people are told apart; their pages are at ``origin``.
    @discardableResult
    public static func run<Result: Sendable>(
        _ registry: [any Plugin.Type], manifests: ManifestSet? = nil, variables: [String: String] = [:],
        contracts: ContractRegistry = ContractRegistry(), identity: IdentityConfiguration = IdentityConfiguration(),
        clock: ManualClock = ManualClock(), logger: Logger = silent, _ body: @Sendable (TestKernel) async throws -> Result
    ) async throws -> Result {
        var identity = identity
        identity.publicURL = PublicURL(origin)
        let settings = Settings(
            registry: registry, manifests: try manifests ?? ShippedManifests.of(registry.map { $0.name }), variables: variables,
            contracts: contracts, identity: identity, logger: logger)
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
            contracts: contracts ?? settings.contracts, identity: settings.identity, logger: settings.logger)
        return try await Self.run(theirs, url: databaseURL, clock: clock, body)
    }

    /// Says nothing: a test looks at what happened, not at what was said about it.
    public static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    // MARK: What a test does

    /// Calls a route. Its answer must be one that the route declares, or ``run(_:manifests:variables:contracts:clock:logger:_:)``
    /// throws ``AnswerBreach`` at its end.
    ///
    /// - Parameters:
    ///   - target: path and query as over the wire, percent-encoded.
    ///   - body: JSON, sent as such.
    ///   - principal: who asks; `nil` for nobody, or whoever the headers say (see ``Person``).
    public func send(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: String? = nil, as principal: Principal?
    ) async -> TestAnswer {
        let answer = await dispatch(method, target, headers, body, principal)
        answer.stream?.close()
        return test(answer, method, target)
    }

    public func get(_ target: String, headers: HTTPFields = [:], as principal: Principal? = .superAdmin) async -> TestAnswer {
        await send(.get, target, headers: headers, as: principal)
    }

    public func post(_ target: String, body: String? = nil, as principal: Principal? = .superAdmin) async -> TestAnswer {
        await send(.post, target, body: body, as: principal)
    }

    public func put(_ target: String, body: String? = nil, as principal: Principal? = .superAdmin) async -> TestAnswer {
        await send(.put, target, body: body, as: principal)
    }

    public func patch(_ target: String, body: String? = nil, as principal: Principal? = .superAdmin) async -> TestAnswer {
        await send(.patch, target, body: body, as: principal)
    }

    public func delete(_ target: String, as principal: Principal? = .superAdmin) async -> TestAnswer {
        await send(.delete, target, as: principal)
    }

    /// Follows an event stream while `body` runs; afterwards the stream is ended as by a client that has gone.
    ///
    /// - Parameter body: gets the answer, and the stream's events as they come.
    public func stream<Result: Sendable>(
        _ target: String, headers: HTTPFields = [:], as principal: Principal? = .superAdmin,
        _ body: @Sendable (TestAnswer, TestStream) async throws -> Result
    ) async throws -> Result {
        let answer = await dispatch(.get, target, headers, nil, principal)
        return try await TestStream.follow(answer.stream) { try await body(test(answer, .get, target), $0) }
    }

    /// The account's session or key is not valid any more; its open streams are looked at again.
    public func logOut(_ account: UUID) async {
        authenticator.forget(account)
        await streams.recheck(accounts: [account])
    }

    /// The account now has other rights; its open streams are looked at again.
    public func change(_ principal: Principal) async {
        _ = authenticator.name(principal)
        await streams.recheck(accounts: [principal.accountID])
    }

    /// What is mounted: the kernel's own routes and the plugins' served ones.
    package var mountedRoutes: [MountedRoute] { mounted.all }

    /// How many routes are mounted.
    public var routeCount: Int { mounted.all.count }

    /// `GET /battles/{id}`: the route that a request would reach; `nil` for none.
    public func routeLabel(_ method: HTTPRequest.Method, _ target: String) -> String? {
        mounted.route(method, target)?.route.label
    }

    private func dispatch(
        _ method: HTTPRequest.Method, _ target: String, _ headers: HTTPFields, _ body: String?, _ principal: Principal?
    ) async -> Answer {
        var headers = headers
        if body != nil { headers[.contentType] = "application/json" }
        if let principal { headers[TestAuthenticator.field] = authenticator.name(principal) }
        return await dispatcher.answer(IncomingRequest(method, target, headers: headers, body: Array((body ?? "").utf8)))
    }

    private func test(_ answer: Answer, _ method: HTTPRequest.Method, _ target: String) -> TestAnswer {
        let answer = TestAnswer(status: answer.status.code, headers: answer.headers, body: answer.body)
        if let route = mounted.route(method, target) { contract.check(answer, of: route, method: method) }
        return answer
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
            let front = await kernel.openFront(logger: settings.logger)
            let (mounted, streams) = (front.mounted, front.streams)
            let (authenticator, contract) = (TestAuthenticator(front.authenticator), AnswerContract())
            var http = HTTPSettings()
            http.rates = .none
            let made = TestKernel(
                plugins: plugins, database: database, databaseURL: url, clock: clock, host: kernel.host("test"),
                dispatcher: Dispatcher(
                    mounted: mounted, streams: streams, authenticator: authenticator, settings: http, logger: settings.logger),
                mounted: mounted, streams: streams, authenticator: authenticator, contract: contract, settings: settings,
                runJob: { try await kernel.run(job: $0, at: $1) })
            let result = try await body(made)
            guard contract.complaints.isEmpty else { throw AnswerBreach(complaints: contract.complaints) }
            return result
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
            var configured = Kernel.Configuration(listen: listen, migrates: migrates, version: "test")
            configured.identity = settings.identity
            let kernel = try Kernel(
                configuration: configured, manifests: settings.manifests,
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
