import KernelRuntime

/// Real PostgreSQL for tests: one private cluster per test process, a fresh database per test.
///
/// A database is a clone of a template that is migrated once per process, which takes 0.07 s instead of running every
/// migration again. The cluster lies in /tmp, is reachable by a Unix socket only and vanishes with the process; `DATABASE_URL`
/// is ignored. Databases are not dropped one by one: they go with the cluster.
public actor PostgresFixture {
    /// The cluster that all tests of this process share.
    public static let shared = PostgresFixture()
    /// A second cluster that also listens on a free port of 127.0.0.1 and asks for a password there, for tests that put a
    /// proxy between client and server. Started only when a test asks.
    public static let tcp = PostgresFixture(listensOnTCP: true)

    /// What a template contains; two tests that name the same template must migrate it the same way.
    public struct TemplateName: Hashable, Sendable, ExpressibleByStringLiteral {
        let value: String

        /// - Parameter value: letters, digits and `_`; it becomes part of a database name.
        public init(_ value: String) {
            precondition(value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }, "template name: \(value)")
            self.value = value
        }

        public init(stringLiteral value: String) { self.init(value) }

        /// A database without any migration.
        public static let empty: TemplateName = "empty"
    }

    /// psql refused; its message.
    public struct CommandFailed: Error, CustomStringConvertible {
        public let description: String
    }

    private let listensOnTCP: Bool
    private var cluster: Task<PrivatePostgres, any Error>?
    private var templates: [TemplateName: Task<Void, any Error>] = [:]
    private var databaseCount = 0
    /// The end of the line of CREATE DATABASE commands: PostgreSQL wants a template for itself while it is copied.
    private var lastCreation: Task<Void, any Error>?

    init(listensOnTCP: Bool = false) {
        self.listensOnTCP = listensOnTCP
    }

    /// A new database, cloned from `template`.
    ///
    /// - Parameters:
    ///   - template: which contents; `.empty` for none.
    ///   - migrate: called with a URL of the template's database once per process and template, before the first clone. It
    ///     must have closed its connections when it returns, or PostgreSQL refuses to copy the database.
    /// - Returns: a URL such as `postgres:///t12_killmails?host=/tmp/battlescope-test-x1y2z3&port=5432&user=battlescope`, or one
    ///   with a TCP host and password for the `tcp` cluster.
    public func database(
        template: TemplateName = .empty, migrate: @escaping @Sendable (_ url: String) async throws -> Void = { _ in }
    ) async throws -> String {
        let preparing = templates[template] ?? prepare(template, migrate: migrate)
        try await preparing.value
        databaseCount += 1
        let name = "t\(databaseCount)_\(template.value)"
        try await create(name, from: "template_\(template.value)")
        return try await url(database: name)
    }

    /// Where the servers' programs lie: `psql`, `pg_dump`, `pgbench`.
    public var binDirectory: String {
        get async throws { try await running().binDirectory }
    }

    /// Runs SQL through psql, for what a test wants to do to the server from outside (terminate backends, look at locks).
    /// - Returns: psql's unaligned output without headers.
    @discardableResult
    public func psql(_ sql: String, database: String = "postgres") async throws -> String {
        let cluster = try await running()
        let outcome = try await ServerProgram(account: nil).run(
            "\(cluster.binDirectory)/psql",
            [
                "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", cluster.host, "-p", "\(cluster.port)",
                "-U", cluster.user, "-d", database, "-c", sql,
            ])
        guard outcome.succeeded else { throw CommandFailed(description: "\(sql): \(outcome.complaint)") }
        return outcome.output
    }

    private func prepare(
        _ template: TemplateName, migrate: @escaping @Sendable (String) async throws -> Void
    ) -> Task<Void, any Error> {
        // Not a loose task: everybody who wants this template awaits it, and nobody else's cancellation may end it.
        let task = Task {
            let name = "template_\(template.value)"
            try await create(name, from: "template0")
            try await migrate(try await url(database: name))
        }
        templates[template] = task
        return task
    }

    private func create(_ name: String, from source: String) async throws {
        let before = lastCreation
        // Awaited below; a queue of tasks because an actor does not keep the order of what it suspends.
        let creation = Task {
            _ = await before?.result
            try await psql("CREATE DATABASE \(name) TEMPLATE \(source)")
        }
        lastCreation = creation
        try await creation.value
    }

    private func url(database: String) async throws -> String {
        let cluster = try await running()
        return listensOnTCP ? cluster.networkURL(database: database) : cluster.url(database: database)
    }

    private func running() async throws -> PrivatePostgres {
        if let cluster { return try await cluster.value }
        // Awaited by everybody who needs the cluster; it outlives the test that happened to come first.
        let starting = Task { [listensOnTCP] in try await PrivatePostgres.start(listensOnTCP: listensOnTCP) }
        cluster = starting
        return try await starting.value
    }
}
