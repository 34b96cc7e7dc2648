import Foundation
package import HTTPTypes
package import KernelAPI
package import Logging

/// Answers a request from the mounted routes: finds the route, judges who asks, calls it, turns errors into problems, counts
/// and logs once.
///
/// Independent of the HTTP engine, so that tests can call it without a socket.
package struct Dispatcher: Sendable {
    /// Path and query together, in bytes; more than any route's parameters need.
    static let longestTarget = 8_192

    private let mounted: MountedRoutes
    private let streams: OpenStreams
    private let authenticator: any Authenticator
    private let gate: RateGate
    private let finisher: AnswerFinisher
    private let cors: CORSPolicy
    private let proxies: [AddressRange]
    private let metrics = RequestMetrics()
    private let logger: Logger

    /// - Parameter limiter: counts for accounts and logins; addresses are counted by the pod itself.
    package init(
        mounted: MountedRoutes, streams: OpenStreams = OpenStreams(), authenticator: any Authenticator,
        limiter: any RateLimiter = LocalRateLimiter(), settings: HTTPSettings = HTTPSettings(), logger: Logger
    ) {
        self.mounted = mounted
        self.streams = streams
        self.authenticator = authenticator
        self.logger = logger
        gate = RateGate(limits: settings.rates, local: LocalRateLimiter(), shared: limiter)
        finisher = AnswerFinisher(settings: settings)
        cors = CORSPolicy(origins: settings.allowedOrigins)
        proxies = settings.trustedProxies
    }

    /// For tests: routes of nobody in particular.
    package init(routes: [Route], authenticator: any Authenticator, logger: Logger) {
        self.init(
            mounted: MountedRoutes(routes.map { MountedRoute($0, of: MountedRoute.kernel) }), authenticator: authenticator,
            logger: logger)
    }

    /// What is known of a request while it is answered.
    private struct Call {
        let request: IncomingRequest
        let client: Client
        let id: String
        var logger: Logger
        /// The route's template, for logs and metrics.
        var route = "none"
        var cache = CachePolicy.never
        var standing: RateStanding?
    }

    package func answer(_ request: IncomingRequest) async -> Answer {
        let started = ContinuousClock.now
        var call = call(request)
        var answer: Answer
        do {
            answer = try await respond(&call)
        } catch {
            answer = Answer(failure(error, call))
        }
        if let standing = call.standing { answer.headers.append(contentsOf: standing.fields) }
        finish(&answer, call, started)
        return answer
    }

    /// An answer that is none of the routes' business: the request could not be read, or took too long.
    func answer(_ request: IncomingRequest, with problem: Problem) -> Answer {
        let call = call(request)
        var answer = Answer(failure(problem, call))
        finish(&answer, call, ContinuousClock.now)
        return answer
    }

    /// For tests that have no stream to follow.
    package func answer(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: [UInt8] = []
    ) async -> Answer {
        let answer = await answer(IncomingRequest(method, target, headers: headers, body: body))
        answer.stream?.close()
        return answer
    }

    // MARK: Step by step

    private func call(_ request: IncomingRequest) -> Call {
        let client = proxies.isEmpty ? request.client : Client(peer: request.client, headers: request.headers, proxies: proxies)
        let id = RequestID.of(request, isProxy: !proxies.isEmpty && request.client.isAmong(proxies))
        var logger = logger
        logger[metadataKey: "requestId"] = "\(id)"
        return Call(request: request, client: client, id: id, logger: logger)
    }

    private func respond(_ call: inout Call) async throws -> Answer {
        let request = call.request
        guard request.target.utf8.count <= Self.longestTarget else {
            throw Problem(.uriTooLong, "uri_too_long", "Path and query may have \(Self.longestTarget) bytes, no more.")
        }
        let path = request.path
        switch mounted.current.match(request.method, path: path) {
        case .notFound: throw Problem.notFound("There is nothing at \(path.prefix(200)).")
        case .wrongMethod(let allowed):
            if let preflight = cors.preflight(request, allowed: allowed) { return Answer(preflight) }
            return Answer(Problem.wrongMethod(request.method, allowed))
        case .found(let mounted, let parameters):
            call.route = mounted.route.path
            guard !mounted.isDisabled else { throw Problem.featureDisabled(mounted.plugin) }
            call.cache = mounted.route.cache
            guard mounted.gate?.enter() ?? true else { throw Problem.pluginUnavailable(mounted.plugin) }
            defer { mounted.gate?.leave() }
            return try await respond(&call, mounted, parameters)
        }
    }

    private func respond(_ call: inout Call, _ mounted: MountedRoute, _ parameters: [String: String]) async throws -> Answer {
        let route = mounted.route
        let head = RequestHead(
            method: call.request.method, path: String(call.request.path), headers: call.request.headers,
            clientAddress: call.client.address)
        let principal = try await admit(head, to: mounted, parameters, &call)
        if let principal { call.logger[metadataKey: "accountId"] = "\(principal.accountID)" }
        let request = Request(
            id: call.id, path: head.path, pathParameters: parameters,
            query: try QueryString.decode(call.request.target.dropFirst(head.path.count + 1)), headers: call.request.headers,
            body: try await Self.body(of: call.request, for: route), principal: principal, clientAddress: call.client.address,
            logger: call.logger)
        var response = try await route.handler(request)
        if response.status == .permanentRedirect, let path = response.headers[.location], RouteTable.isAliased(head.path[...]) {
            // Who asked by the alias may reach the API by nothing else.
            response.headers[.location] = RouteTable.alias + path.drop { $0 == "/" }
        }
        guard let stream = response.stream, call.request.method != .head else { return Answer(response) }
        let authenticator = authenticator
        let again = head.asRecheck
        return Answer(
            response,
            stream: try AdmittedStream(
                stream, in: streams, plugin: mounted.plugin, gate: mounted.gate, reader: principal, logger: call.logger,
                mayGoOn: {
                    let now = try? await Self.principal(of: again, for: route, authenticator)
                    return now?.accountID == principal?.accountID
                        && route.policy.denial(of: now, pathParameters: parameters, changes: route.changes) == nil
                }))
    }

    /// Who asks, once rate limits and the route's policy let them in.
    private func admit(
        _ head: RequestHead, to mounted: MountedRoute, _ parameters: [String: String], _ call: inout Call
    ) async throws -> Principal? {
        let hasCredentials = call.request.hasCredentials
        if let standing = await gate.admit(call.client, pace: mounted.pace, hasCredentials: hasCredentials) {
            call.standing = standing
            guard standing.decision.isAllowed else { throw standing.problem }
        }
        let route = mounted.route
        do {
            let principal = try await Self.principal(of: head, for: route, authenticator)
            if let denial = route.policy.denial(of: principal, pathParameters: parameters, changes: route.changes) {
                await authenticator.noteDenial(of: principal, denial.rawValue, at: route.label, head)
                throw Problem(denial, of: route.policy)
            }
            guard let principal, mounted.pace == .usual else { return principal }
            let standing = await gate.admit(principal)
            call.standing = standing
            guard standing.decision.isAllowed else { throw standing.problem }
            return principal
        } catch let problem as Problem where problem.status == .unauthorized || problem.status == .forbidden {
            if problem.status == .unauthorized, hasCredentials {
                let standing = gate.rejected(call.client)
                call.standing = standing
                guard standing.decision.isAllowed else { throw standing.problem }
            }
            throw problem
        }
    }

    /// An open door asks nobody: not somebody blocked, and not the database.
    private static func principal(
        of head: RequestHead, for route: Route, _ authenticator: any Authenticator
    ) async throws -> Principal? {
        route.policy.rule == .open ? nil : try await authenticator.principal(of: head)
    }

    private static func body(of request: IncomingRequest, for route: Route) async throws -> [UInt8] {
        guard request.body.isThere else { return [] }
        guard route.bodyLimit > 0 else {
            throw Problem(.contentTooLarge, "body_not_taken", "A body is not taken here: send the request without one.")
        }
        let type = request.headers[.contentType]?.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard type == "application/json" else {
            throw Problem(
                .unsupportedMediaType, "unsupported_media_type", "Send the body as application/json, encoded in UTF-8.")
        }
        guard !request.headers.contains(.contentEncoding) else {
            throw Problem(.unsupportedMediaType, "unsupported_media_type", "Send the body as it is, not compressed.")
        }
        // A number that does not even fit is larger, too.
        if let length = request.headers[.contentLength], Int(length).map({ $0 > route.bodyLimit }) ?? true {
            throw Problem.bodyTooLarge(limit: route.bodyLimit)
        }
        switch request.body {
        case .none: return []
        case .bytes(let bytes):
            guard bytes.count <= route.bodyLimit else { throw Problem.bodyTooLarge(limit: route.bodyLimit) }
            return bytes
        case .incoming(let body): return try await body.collect(upTo: route.bodyLimit)
        }
    }

    // MARK: Ends

    private func failure(_ error: any Error, _ call: Call) -> Response {
        let problem = Problem(hiding: error)
        if error is CancellationError {
            call.logger.debug("request cancelled", metadata: ["route": "\(call.route)"])
        } else if problem.status.kind == .serverError, !problem.isExpected {
            call.logger.error("request failed", metadata: ["route": "\(call.route)", "error": "\(error)"])
        }
        var answer = problem.response
        if problem.status == .serviceUnavailable { answer.headers[.retryAfter] = "5" }
        return answer
    }

    private func finish(_ answer: inout Answer, _ call: Call, _ started: ContinuousClock.Instant) {
        finisher.finish(&answer, call.request, cache: call.cache, id: call.id)
        let took = ContinuousClock.now - started
        metrics.record(call.request.method, route: call.route, status: answer.status, took: took)
        let status = answer.status.code
        call.logger.debug(
            "request answered",
            metadata: [
                "method": "\(call.request.method.rawValue)", "route": "\(call.route)", "status": "\(status)",
                "milliseconds": "\(took / .milliseconds(1))",
            ])
    }
}
