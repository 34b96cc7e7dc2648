import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import Logging
import Testing

@testable import KernelRuntime

/// The whole of identity on a database of its own, with a scripted single sign-on and time that a test sets.
struct IdentityBench: Sendable {
    let identity: Identity
    let database: PostgresDatabase
    let url: String
    let clock: ManualClock
    let signOn: ScriptedSignOn
    let directory: ScriptedDirectory
    let signals: ControlSignals
    let streams: OpenStreams
    let features: FeatureDirectory
    let mounted: MountedRoutes
    let log: LogRecorder

    static let origin = "https://battles.example.org"
    static let superAdmin: Int64 = 90_000_001

    /// What is shared by all pods of a test.
    struct World: Sendable {
        let clock = ManualClock()
        let signOn = ScriptedSignOn()
        let directory = ScriptedDirectory()
        let keys: EncryptionKeys
        let log = LogRecorder()
    }

    static func run(
        _ configure: @escaping @Sendable (inout IdentityConfiguration) -> Void = { _ in },
        _ body: @Sendable (IdentityBench) async throws -> Void
    ) async throws {
        let world = World(keys: .ephemeral())
        try await kernelDatabase { database, url in
            try await body(IdentityBench(database, url, world, configure))
        }
    }

    /// A second pod on the same database.
    func withSecondPod(_ body: @Sendable (IdentityBench) async throws -> Void) async throws {
        try await withDatabase(url) { try await body(IdentityBench($0, url, world, configure)) }
    }

    /// Another pod on the same database and connections, set up otherwise.
    func again(_ configure: @escaping @Sendable (inout IdentityConfiguration) -> Void) -> IdentityBench {
        IdentityBench(database, url, world, configure)
    }

    var keys: EncryptionKeys { world.keys }

    private let world: World
    private let configure: @Sendable (inout IdentityConfiguration) -> Void

    init(
        _ database: PostgresDatabase, _ url: String, _ world: World,
        _ configure: @escaping @Sendable (inout IdentityConfiguration) -> Void
    ) {
        self.world = world
        self.configure = configure
        self.database = database
        self.url = url
        (clock, signOn, directory, log) = (world.clock, world.signOn, world.directory, world.log)
        var configuration = IdentityConfiguration(keys: world.keys)
        configuration.publicURL = PublicURL(Self.origin)
        let signOn = signOn
        configuration.provider = { _ in signOn }
        configuration.directory = directory
        configuration.superAdmins = [Self.superAdmin]
        configure(&configuration)
        signals = ControlSignals(database: database, logger: silent)
        streams = OpenStreams()
        mounted = MountedRoutes()
        features = FeatureDirectory([
            .init(
                plugin: "alpha", declaration: FeatureDeclaration(title: "Alpha", summary: "First"), isEnabled: true,
                menu: [MenuEntry("Alphas", path: "/alphas", policy: .feature("alpha", .user))]),
            .init(
                plugin: "beta", declaration: FeatureDeclaration(title: "Beta", summary: "Second"), isEnabled: true,
                menu: [MenuEntry("Betas", path: "/betas", policy: .feature("beta", .fc))]),
        ])
        identity = Identity(
            configuration,
            .init(
                database: database, clock: clock, logger: log.logger, signals: signals, features: features, mounted: mounted,
                streams: streams))
        mounted.replace(
            with: identity.routes(cursors: SharedCursorSigner(), landing: true) + Self.testRoutes)
    }

    /// What plugins would have.
    private static let testRoutes: [MountedRoute] = [
        MountedRoute(
            .get("/alphas", "Test", policy: .feature("alpha", .user)) { (_: NoInput, request) in
                TestBody(text: try request.account.displayName)
            }, of: "alpha"),
        MountedRoute(
            .post("/alphas", "Test", policy: .feature("alpha", .fc)) { (_: NoInput, _: NoBody, _) in NoContent() }, of: "alpha"),
        MountedRoute(.get("/betas", "Test", policy: .feature("beta", .fc)) { (_: NoInput, _) in NoContent() }, of: "beta"),
        MountedRoute(.get("/top", "Test", policy: .superadmin) { (_: NoInput, _) in NoContent() }, of: "beta"),
    ]

    // MARK: People

    /// Lets a character exist, whose owner can log in.
    @discardableResult
    func character(
        _ id: Int64, owner: String = "owner", corporation: Int64? = 98_000_001, alliance: Int64? = nil, token: String? = nil
    ) -> ProvenCharacter {
        let character = ProvenCharacter(
            id: id, name: "Pilot \(id)", ownerHash: "\(owner)-\(id)", scopes: token == nil ? [] : ["esi-test.read.v1"],
            refreshToken: token.map { Secret($0) })
        signOn.set(character)
        directory.move(id, to: corporation.map { Affiliation(corporationID: $0, allianceID: alliance) })
        return character
    }

    /// A browser in which the owner of a character has logged in.
    func login(_ id: Int64) async throws -> Browser {
        if signOn.character(id) == nil { character(id) }
        let browser = Browser(self)
        let answer = try await browser.logIn(id)
        #expect(answer.status == 302, "\(answer.text)")
        return browser
    }

    /// The account of a character.
    func account(of id: Int64) async throws -> AccountRecord {
        let found = try await identity.accounts.accounts(AccountFilter(query: "Pilot \(id)"), after: nil, limit: 2)
        return try #require(found.first { $0.characters.contains { $0.eveCharacterID == id } })
    }

    func audit(_ action: AuditAction) async throws -> [AuditRecord] {
        try await identity.auditLog.records(AuditFilter(action: action), before: nil, limit: 100)
    }

    // MARK: Requests

    /// Through the dispatcher, without a socket. What a route answers must be what it declares.
    func send(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: String = ""
    ) async -> BenchAnswer {
        var settings = HTTPSettings()
        settings.rates = .none
        let dispatcher = Dispatcher(
            mounted: mounted, streams: streams, authenticator: identity.authenticator, settings: settings, logger: log.logger)
        var headers = headers
        if !body.isEmpty { headers[.contentType] = "application/json" }
        let answer = await dispatcher.answer(
            IncomingRequest(
                method, target, headers: headers, body: Array(body.utf8), client: Client(address: "192.0.2.7")))
        let contract = AnswerContract()
        if let route = mounted.route(method, target) {
            contract.check(
                TestAnswer(status: answer.status.code, headers: answer.headers, body: answer.body), of: route, method: method)
        }
        for complaint in contract.complaints { Issue.record("\(complaint)") }
        return BenchAnswer(answer)
    }
}

/// What a route answered.
struct BenchAnswer: Sendable {
    let response: Answer
    let json: JSON

    init(_ response: Answer) {
        self.response = response
        json = (try? JSON(response.body)) ?? .null
    }

    var status: Int { response.status.code }
    var text: String { String(decoding: response.body, as: UTF8.self) }
    var error: String? { json["error"].text }
    var cookies: [String] { response.headers[values: .setCookie] }
    var location: String? { response.headers[.location] }
}

struct TestBody: JSONRepresentable {
    let text: String
    static let json = JSONForm<TestBody>("TestBody") { form in form.text("text") { $0.text } }
}
