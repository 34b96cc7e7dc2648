import Foundation
package import HTTPTypes
package import KernelAPI
package import Logging

/// Answers a request from the mounted routes: finds the route, calls it, turns errors into problems, logs once.
///
/// Independent of the HTTP engine, so that tests can call it without a socket.
package struct Dispatcher: Sendable {
    /// Path and query together, in bytes; more than any route's parameters need.
    static let longestTarget = 8_192

    private let mounted: MountedRoutes
    private let authenticator: any Authenticator
    private let logger: Logger

    package init(mounted: MountedRoutes, authenticator: any Authenticator, logger: Logger) {
        self.mounted = mounted
        self.authenticator = authenticator
        self.logger = logger
    }

    /// For tests: routes of nobody in particular.
    package init(routes: [Route], authenticator: any Authenticator, logger: Logger) {
        self.init(
            mounted: MountedRoutes(routes.map { MountedRoute($0, of: MountedRoute.kernel) }), authenticator: authenticator,
            logger: logger)
    }

    /// - Parameters:
    ///   - target: path and query as they came over the wire.
    ///   - hasBody: no route takes a body; a request with one is refused before anything of it is read.
    package func answer(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], hasBody: Bool = false
    ) async -> Response {
        let id = UUID().uuidString.lowercased()
        let started = ContinuousClock.now
        var requestLogger = logger
        requestLogger[metadataKey: "requestId"] = "\(id)"
        var (answer, route) =
            if let refusal = Self.refusal(target, hasBody) {
                (refusal.response, "none")
            } else {
                await answer(method, target, headers: headers, id: id, logger: requestLogger)
            }
        requestLogger.debug(
            "request answered",
            metadata: [
                "method": "\(method.rawValue)", "route": "\(route)", "status": "\(answer.status.code)",
                "milliseconds": "\((ContinuousClock.now - started) / .milliseconds(1))",
            ])
        answer.headers[.requestID] = id
        answer.headers[.contentLength] = String(answer.body.count)
        answer.headers[.cacheControl] = answer.headers[.cacheControl] ?? "no-store"
        answer.headers[.xContentTypeOptions] = "nosniff"
        if method == .head { answer.body = [] }
        return answer
    }

    private func answer(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields, id: String, logger: Logger
    ) async -> (Response, route: String) {
        let path = target.prefix { $0 != "?" }
        switch mounted.current.match(method, path: path) {
        case .notFound:
            return (Problem.notFound("There is nothing at \(path.prefix(200)).").response, "none")
        case .wrongMethod(let allowed):
            return (Self.wrongMethod(method, allowed), "none")
        case .found(let mounted, _) where mounted.isDisabled:
            return (Problem.featureDisabled(mounted.plugin).response, mounted.route.path)
        case .found(let mounted, let parameters):
            let route = mounted.route
            guard mounted.gate?.enter() ?? true else {
                return (Self.unavailable(mounted.plugin), route.path)
            }
            defer { mounted.gate?.leave() }
            do {
                let head = RequestHead(method: method, path: String(path), headers: headers, clientAddress: nil)
                // An open door asks nobody: not somebody blocked, and not the database.
                let principal = route.policy.rule == .open ? nil : try await authenticator.principal(of: head)
                if let denial = route.policy.denial(of: principal, pathParameters: parameters, changes: route.changes) {
                    await authenticator.noteDenial(of: principal, denial.rawValue, at: route.label, head)
                    throw Problem(denial, of: route.policy)
                }
                let request = Request(
                    id: id, path: String(path), pathParameters: parameters,
                    query: try QueryString.decode(target.dropFirst(path.count + 1)), headers: headers, principal: principal,
                    logger: logger)
                return (try await route.handler(request), route.path)
            } catch {
                return (failure(error, route, logger), route.path)
            }
        }
    }

    private static func refusal(_ target: String, _ hasBody: Bool) -> Problem? {
        if target.utf8.count > longestTarget {
            return Problem(.uriTooLong, "uri_too_long", "Path and query may have \(longestTarget) bytes, no more.")
        }
        guard hasBody else { return nil }
        return Problem(.contentTooLarge, "body_not_taken", "A body is not taken here: send the request without one.")
    }

    private func failure(_ error: any Error, _ route: Route, _ logger: Logger) -> Response {
        let problem = Problem(hiding: error)
        if error is CancellationError {
            logger.debug("request cancelled", metadata: ["route": "\(route.path)"])
        } else if problem.status.kind == .serverError {
            logger.error("request failed", metadata: ["route": "\(route.path)", "error": "\(error)"])
        }
        var answer = problem.response
        if problem.status == .serviceUnavailable { answer.headers[.retryAfter] = "5" }
        return answer
    }

    private static func unavailable(_ plugin: PluginName) -> Response {
        var answer = Problem.pluginUnavailable(plugin).response
        answer.headers[.retryAfter] = "5"
        return answer
    }

    private static func wrongMethod(_ method: HTTPRequest.Method, _ allowed: [HTTPRequest.Method]) -> Response {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        var answer = Problem(
            .methodNotAllowed, "method_not_allowed", "\(method.rawValue) is not possible here, only \(names)."
        ).response
        answer.headers[.allow] = names
        return answer
    }
}

extension HTTPField.Name {
    // The initializer fails for invalid tokens only, and this is a valid one.
    static let requestID = HTTPField.Name("X-Request-Id") ?? .via
}
