import HTTPTypes
import KernelAPI

extension Problem {
    /// The answer's form (RFC 9457): `type`, `title`, `status`, `detail`; `error` is the stable code, `message` repeats the
    /// detail for older clients, `errors` lists what is wrong in a request.
    var response: KernelAPI.Response {
        var answer = KernelAPI.Response.json(status: status) { json in
            json.object { json in
                json.field("type", "about:blank")
                json.field("title", status.reasonPhrase)
                json.field("status", status.code)
                json.field("detail", message)
                json.field("error", code)
                json.field("message", message)
                if !errors.isEmpty {
                    json.array("errors", errors) { json, error in
                        json.object { json in
                            json.field("pointer", error.pointer)
                            json.field("message", error.message)
                        }
                    }
                }
            }
        }
        answer.headers[.contentType] = "application/problem+json"
        return answer
    }

    /// A route whose plugin does not run, although it is meant to.
    static func pluginUnavailable(_ plugin: PluginName) -> Problem {
        Problem(
            .serviceUnavailable, "plugin_unavailable", "\(plugin) does not run at the moment. Try again in a few seconds.")
    }

    /// What somebody is told whom a route's policy does not let in.
    init(_ denial: Policy.Denial, of policy: Policy) {
        switch denial {
        case .notSignedIn: self = .notSignedIn
        case .insufficientRole:
            self.init(.forbidden, denial.rawValue, "This needs more rights: \(policy).")
        case .keyNotValidHere:
            self.init(
                .forbidden, denial.rawValue, "This API key does not open this route. Use one that covers its feature, or log in.")
        case .readOnly:
            self.init(
                .forbidden, denial.rawValue,
                "You are looking with another account's rights: nothing can be changed until you stop.")
        }
    }

    /// What a client is told about an error that is not its own: never more than it needs.
    init(hiding error: any Error) {
        if let problem = error as? Problem {
            self = problem
        } else if error is CancellationError {
            // The program ends, or the client has gone and reads nothing.
            self = .shuttingDown
        } else if let error = error as? DatabaseError, error.isTransient {
            self.init(
                .serviceUnavailable, "database_unavailable",
                "The database does not answer at the moment. Try again in a few seconds.")
        } else {
            self.init(
                .internalServerError, "internal_error",
                "Something went wrong here. The log has the details under this request's id.")
        }
    }

    static let shuttingDown = Problem(
        .serviceUnavailable, "shutting_down", "The server is being stopped. Try again in a few seconds.")

    /// The handler did not answer in time.
    static let tooSlow = Problem(
        .serviceUnavailable, "took_too_long", "The answer took too long and was given up. Try again, or ask for less.")

    /// The server cannot answer, and it knows why: nothing for the log of errors.
    var isExpected: Bool { ["shutting_down", "plugin_unavailable"].contains(code) }

    static let unreadableBody = Problem(.badRequest, "bad_request", "The request's body cannot be read, or is not whole.")

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(.contentTooLarge, "body_too_large", "The body may have \(limit) bytes here, no more.")
    }

    /// To everybody, also to those who would be let in.
    static func featureDisabled(_ plugin: PluginName) -> Problem {
        Problem(.notFound, "feature_disabled", "\(plugin) is switched off at the moment.")
    }

    /// 405, with what is possible.
    static func wrongMethod(_ method: HTTPRequest.Method, _ allowed: [HTTPRequest.Method]) -> KernelAPI.Response {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        var answer = Problem(
            .methodNotAllowed, "method_not_allowed", "\(method.rawValue) is not possible here, only \(names)."
        ).response
        answer.headers[.allow] = names
        return answer
    }
}
