import Foundation
import HTTPTypes
import KernelAPI
import Testing

@testable import KernelRuntime

@Suite struct DispatcherAccessTests {
    private let asked = Record<String>()

    private func dispatcher(
        disabled: Bool = false, pace: MountedRoute.Pace = .usual, limits: RateLimits = .none, failure: Problem? = nil
    ) -> Dispatcher {
        let people = NamedPeople(
            ["reader": .test(["ships": .user]), "stranger": .test(), "chief": .test(["ships": .director])], asked: asked,
            failure: failure)
        var settings = HTTPSettings()
        settings.rates = limits
        let routes: [Route] = [
            .test("/open") { _ in NoContent() },
            .get("/ships", "Test", policy: .feature("ships", .user)) { (_: NoInput, request) in
                TestText(try request.account.displayName)
            },
            .post("/ships", "Test", policy: .feature("ships", .director)) { (_: NoInput, _: NoBody, _) in NoContent() },
        ]
        return Dispatcher(
            mounted: MountedRoutes(routes.map { MountedRoute($0, of: "ships", isDisabled: disabled, pace: pace) }),
            authenticator: people, limiter: LocalRateLimiter(), settings: settings, logger: silent)
    }

    private func ask(
        _ dispatcher: Dispatcher, _ target: String, as name: String? = nil, _ method: HTTPRequest.Method = .get,
        from address: String = "192.0.2.1"
    ) async -> Answer {
        var headers: HTTPFields = [:]
        headers[.authorization] = name
        return await dispatcher.answer(
            IncomingRequest(method, target, headers: headers, client: Client(address: address), body: .none))
    }

    @Test("A route is for those whom its policy lets in")
    func policy() async {
        let dispatcher = dispatcher()
        #expect(await ask(dispatcher, "/ships").status == .unauthorized)
        #expect(await ask(dispatcher, "/ships", as: "unknown").status == .unauthorized)
        #expect(await ask(dispatcher, "/ships", as: "stranger").status == .forbidden)
        #expect(await ask(dispatcher, "/ships", as: "reader").status == .ok)
        #expect(await ask(dispatcher, "/ships", as: "reader", .post).status == .forbidden)
        #expect(await ask(dispatcher, "/ships", as: "chief", .post).status == .noContent)
    }

    @Test("What is switched off is 404 to everybody, before anybody is asked who they are")
    func disabled() async {
        for name in [nil, "reader", "unknown"] {
            let answer = await ask(dispatcher(disabled: true), "/ships", as: name)
            #expect(answer.status == .notFound)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("feature_disabled"))
        }
        #expect(asked.all.isEmpty)
    }

    @Test("An open door asks nobody, whatever credentials a request has; a database that is away closes the others")
    func open() async {
        #expect(await ask(dispatcher(), "/open", as: "unknown").status == .noContent)
        #expect(asked.all.isEmpty)
        let away = Problem(.serviceUnavailable, "database_unavailable", "Away.")
        #expect(await ask(dispatcher(failure: away), "/open", as: "reader").status == .noContent)
        #expect(await ask(dispatcher(failure: away), "/ships", as: "reader").status == .serviceUnavailable)
    }

    @Test("The alias /api leads to the same routes, and a redirect stays within it")
    func alias() async {
        let dispatcher = Dispatcher(
            routes: [
                .get("/battles/{id}", "Test", policy: .open(because: "a test")) { (input: AnyID, _) in
                    input.id == 1 ? OrRedirect.moved(to: "/battles/2") : OrRedirect.value(TestText("two"))
                }
            ], authenticator: FixedAuthenticator(nil), logger: silent)
        #expect(await dispatcher.answer(.get, "/api/battles/2").status == .ok)
        #expect(await dispatcher.answer(.get, "/battles/1").headers[.location] == "/battles/2")
        #expect(await dispatcher.answer(.get, "/api/battles/1").headers[.location] == "/api/battles/2")
        #expect(await dispatcher.answer(.get, "/api/api/battles/2").status == .notFound)
        #expect(await dispatcher.answer(.get, "/apibattles/2").status == .notFound)
    }

    // MARK: Limits

    private func limits(_ change: (inout RateLimits) -> Void) -> RateLimits {
        var limits = RateLimits.none
        change(&limits)
        return limits
    }

    @Test("An account has its limit wherever it asks from; the answer says where it stands, 429 when to come back")
    func accounts() async throws {
        let slow = limits { $0.account = RateLimit(burst: 2, perSecond: 0.01) }
        let dispatcher = dispatcher(limits: slow)
        let first = await ask(dispatcher, "/ships", as: "reader")
        #expect(first.headers[.rateLimit] == #""account";r=1;t=100"#)
        #expect(first.headers[.rateLimitPolicy] == #""account";q=2;w=200"#)
        #expect(await ask(dispatcher, "/ships", as: "reader", from: "192.0.2.2").status == .ok)
        let third = await ask(dispatcher, "/ships", as: "reader", from: "192.0.2.3")
        #expect(third.status == .tooManyRequests)
        #expect(third.headers[.contentType] == "application/problem+json")
        let pause = try #require(third.headers[.retryAfter].flatMap { Int($0) })
        #expect((99...100).contains(pause))
        #expect(await ask(dispatcher, "/ships", as: "chief").status == .ok, "another account has its own")
    }

    @Test("Who is not logged in is counted by address; credentials that are worth nothing count so too")
    func addresses() async {
        let slow = limits { $0.address = RateLimit(burst: 2, perSecond: 0.01) }
        let dispatcher = dispatcher(limits: slow)
        #expect(await ask(dispatcher, "/open").status == .noContent)
        #expect(await ask(dispatcher, "/ships", as: "unknown").status == .unauthorized)
        #expect(await ask(dispatcher, "/open").status == .tooManyRequests)
        #expect(await ask(dispatcher, "/ships", as: "unknown").status == .tooManyRequests)
        #expect(await ask(dispatcher, "/ships", as: "reader").status == .ok, "accounts are not held up by their neighbours")
        #expect(await ask(dispatcher, "/open", from: "192.0.2.9").status == .noContent)
    }

    @Test("Credentials are looked at so often a second from one address, and logins seldom")
    func beforeAuthentication() async {
        let guessing = limits { $0.credentials = RateLimit(burst: 1, perSecond: 0.01) }
        let first = dispatcher(limits: guessing)
        #expect(await ask(first, "/ships", as: "reader").status == .ok)
        #expect(await ask(first, "/ships", as: "reader").status == .tooManyRequests)
        #expect(asked.all == ["reader"])
        let login = dispatcher(pace: .login, limits: limits { $0.login = RateLimit(burst: 1, perSecond: 0.01) })
        #expect(await ask(login, "/open").status == .noContent)
        #expect(await ask(login, "/open").headers[.rateLimit]?.hasPrefix(#""login";r=0"#) == true)
    }

    @Test("Health is asked as often as anybody likes")
    func unlimited() async {
        let none = limits { $0.address = RateLimit(burst: 1, perSecond: 0.01) }
        let dispatcher = dispatcher(pace: .unlimited, limits: none)
        for _ in 0..<5 {
            let answer = await ask(dispatcher, "/open")
            #expect(answer.status == .noContent && answer.headers[.rateLimit] == nil)
        }
    }
}

/// A whole number in the path.
struct AnyID: RouteInput {
    let id: Int64
    init(_ parameters: inout ParameterReader) { id = parameters.pathID("id") }
}
