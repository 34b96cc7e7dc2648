import Foundation
package import HTTPTypes
package import KernelAPI
package import Logging

/// Answers a request from the mounted routes: finds the route, calls it, turns errors into problems, logs once.
///
/// Independent of the HTTP engine, so that tests can call it without a socket.
package struct Dispatcher: Sendable {
    private let table: RouteTable
    private let logger: Logger

    package init(routes: [Route], logger: Logger) {
        table = RouteTable(routes)
        self.logger = logger
    }

    /// - Parameter target: path and query as they came over the wire.
    package func answer(_ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:]) async -> Response {
        let id = UUID().uuidString.lowercased()
        let started = ContinuousClock.now
        var requestLogger = logger
        requestLogger[metadataKey: "requestId"] = "\(id)"
        var (answer, route) = await answer(method, target, headers: headers, id: id, logger: requestLogger)
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
        switch table.match(method, path: path) {
        case .notFound:
            return (Problem.notFound("There is nothing at \(path.prefix(200)).").response, "none")
        case .wrongMethod(let allowed):
            return (Self.wrongMethod(method, allowed), "none")
        case .found(let route, let parameters):
            do {
                let request = Request(
                    id: id, path: String(path), pathParameters: parameters,
                    query: try QueryString.decode(target.dropFirst(path.count + 1)), headers: headers, logger: logger)
                return (try await route.handler(request), route.path)
            } catch {
                return (failure(error, route, logger), route.path)
            }
        }
    }

    private func failure(_ error: any Error, _ route: Route, _ logger: Logger) -> Response {
        let problem = Problem(hiding: error)
        if problem.status.kind == .serverError {
            logger.error("request failed", metadata: ["route": "\(route.path)", "error": "\(error)"])
        }
        var answer = problem.response
        if problem.status == .serviceUnavailable { answer.headers[.retryAfter] = "5" }
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
