import Foundation
import HTTPTypes
import KernelAPI
import Logging

/// `/auth`: in and out.
struct AuthRoutes: Sendable {
    let flow: LoginFlow
    let audit: any AuditTrail
    let changes: AccountChanges
    let isSimulated: Bool

    var routes: [MountedRoute] {
        [
            MountedRoute(login, of: MountedRoute.kernel, pace: .login),
            MountedRoute(callback, of: MountedRoute.kernel, pace: .login),
            MountedRoute(logout, of: MountedRoute.kernel),
        ]
    }

    private var login: Route {
        .get(
            "/auth/login", "Send a browser to EVE Online's single sign-on", policy: .open(because: "this is how one logs in"),
            problems: [.serviceUnavailable]
        ) { (input: LoginInput, request) in
            try await answer(request) {
                let departure = try await flow.start(.login, wanted: input.wanted)
                return Found(departure.url, headers: [.setCookie: departure.cookie.value])
            }
        }
    }

    private var callback: Route {
        .get(
            "/auth/callback", "Where the single sign-on sends a browser back to",
            policy: .open(because: "this is how one logs in"),
            problems: [.badRequest, .forbidden, .conflict, .badGateway, .serviceUnavailable]
        ) { (input: CallbackInput, request) in
            try await answer(request) {
                let back = try await flow.finish(
                    .init(state: input.state, code: input.code, error: input.error), headers: request.headers,
                    actor: request.actor)
                return Found(back.path, headers: back.headers)
            }
        }
    }

    private var logout: Route {
        .post("/auth/logout", "End the session", policy: .ownSession) { (_: NoInput, _: NoBody, request) in
            let principal = try request.account
            guard let (session, owner) = principal.ownSession else { throw Problem.notSignedIn }
            let actor = AuditActor(accountID: owner, address: request.actor.address, userAgent: request.actor.userAgent)
            try await changes.make("kernel.log_out", concerning: [owner]) { transaction in
                try await flow.admission.sessions.end(session, of: owner, in: transaction)
                try await audit.record(AuditEntry(.logout, account: owner, by: actor), in: transaction)
            }
            return LogoutAnswer(cookie: try flow.cookies().clearedSession, isPage: request.acceptsHTML)
        }
    }

    /// A browser that somebody looks at gets a page that says what went wrong; programs get the problem.
    private func answer(_ request: Request, _ body: () async throws -> Found) async throws -> LoginAnswer {
        do {
            return .onward(try await body())
        } catch {
            let problem = Problem(hiding: error)
            guard request.acceptsHTML else { throw error }
            if !(error is Problem) {
                request.logger.error("request failed", metadata: ["route": "\(request.path)", "error": "\(error)"])
            }
            return .page(Self.page(problem, isSimulated: isSimulated))
        }
    }

    private static func page(_ problem: Problem, isSimulated: Bool) -> PlainPage {
        let again = problem.status == .forbidden ? "" : #"<a class="button" href="/auth/login">Log in again</a>"#
        return PlainPage(
            status: problem.status, title: "The login did not work - BattleScope",
            body: """
                <h1>The login did not work</h1>
                <p>\(PlainPage.escape(problem.message))</p>
                <p>\(again) <a href="/">To the start page</a></p>
                <p class="soft">\(PlainPage.escape(problem.code))</p>
                """, isSimulated: isSimulated)
    }
}

/// What `/auth` answers a browser with.
enum LoginAnswer: RouteOutput {
    case onward(Found)
    case page(PlainPage)

    /// Where a program gets a problem, a browser gets a page.
    static let answers =
        Found.answers
        + [HTTPResponse.Status.badRequest, .forbidden, .conflict, .internalServerError, .badGateway, .serviceUnavailable].map {
            AnswerDescription($0, PlainPage.answers[0].contentType, .text())
        }

    func response() -> Response {
        switch self {
        case .onward(let found): found.response()
        case .page(let page): page.response()
        }
    }
}

/// 204; the button on the kernel's own page goes back to it.
struct LogoutAnswer: RouteOutput {
    static let answers = NoContent.answers + Found.answers
    let cookie: HTTPField
    let isPage: Bool

    func response() -> Response {
        var answer = isPage ? Found("/").response() : NoContent().response()
        answer.headers.append(cookie)
        return answer
    }
}

struct LoginInput: RouteInput {
    let wanted: WantedPath

    init(_ parameters: inout ParameterReader) {
        wanted =
            parameters.text("redirect", maximumLength: WantedPath.longest, form: WantedPath.form).flatMap { WantedPath($0) }
            ?? .root
    }
}

/// What the single sign-on sends; what it may send one day (RFC 9207) is passed over.
struct CallbackInput: RouteInput {
    let state: String?
    let code: String?
    let error: String?

    init(_ parameters: inout ParameterReader) {
        state = parameters.text("state", maximumLength: 200)
        code = parameters.text("code", maximumLength: 4_096)
        error = parameters.text("error", maximumLength: 200)
        _ = parameters.text("error_description", maximumLength: 2_000)
        _ = parameters.text("iss", maximumLength: 200)
    }
}

extension Request {
    /// Whether the client says that it shows pages.
    var acceptsHTML: Bool {
        headers[values: .accept].contains { $0.split(separator: ",").contains { $0.drop { $0 == " " }.hasPrefix("text/html") } }
    }
}

extension Principal {
    /// The session, and whose it is: a superadmin's while it looks with another's rights. `nil` for an API key.
    var ownSession: (id: UUID, account: AccountID)? {
        switch credential {
        case .session(let id): (id, accountID)
        case .viewAs(let id, let superAdmin): (id, superAdmin)
        case .apiKey: nil
        }
    }
}
