public import HTTPTypes

/// One operation of the HTTP API, as a value: who may use it, what it takes, what it answers. From it come authorization,
/// validation and OpenAPI; a route without a policy does not compile.
public struct Route: Sendable {
    public let method: HTTPRequest.Method
    /// A template such as `/battles/{id}`; it names the route in logs, metrics and OpenAPI.
    public let path: String
    /// One line for people.
    public let summary: String
    public let policy: Policy
    /// Errors that the handler itself throws, beside those that every route can have: `[.notFound, .conflict]`.
    public let problems: [RouteProblem]
    /// The largest body taken, in bytes; 0 takes none.
    public let bodyLimit: Int
    /// Whether clients may keep its answers.
    public let cache: CachePolicy
    public let description: RouteDescription
    /// Reads input and body, and calls the handler. The kernel has judged the policy before.
    public let handler: @Sendable (Request) async throws -> Response

    /// What a JSON body may have unless a route says otherwise.
    public static let usualBodyLimit = 64 * 1024

    private init<Input: RouteInput, Body: RouteBody, Output: RouteOutput>(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, _ policy: Policy, _ problems: [RouteProblem],
        bodyLimit: Int, cache: CachePolicy = .never, handler: @escaping @Sendable (Input, Body, Request) async throws -> Output
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.policy = policy
        self.problems = problems
        self.bodyLimit = bodyLimit
        self.cache = cache
        description = RouteDescription(Input.self, bodyLimit == 0 ? nil : Body.self, Output.self)
        self.handler = { request in
            let (input, body) = try request.read(Input.self, Body.self)
            return try await handler(input, body, request).response()
        }
    }

    /// A route that reads. `Input` says what it takes from path and query; everything else is refused before the handler.
    public static func get<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, policy: Policy, problems: [RouteProblem] = [], cache: CachePolicy = .never,
        handler: @escaping @Sendable (Input, Request) async throws -> Output
    ) -> Route {
        Route(.get, path, summary, policy, problems, bodyLimit: 0, cache: cache) { (input: Input, _: NoBody, request) in
            try await handler(input, request)
        }
    }

    /// A route that makes or does something. A `Body` of ``NoBody`` takes none (or an empty object).
    public static func post<Input: RouteInput, Body: RouteBody, Output: RouteOutput>(
        _ path: String, _ summary: String, policy: Policy, problems: [RouteProblem] = [], bodyLimit: Int = usualBodyLimit,
        handler: @escaping @Sendable (Input, Body, Request) async throws -> Output
    ) -> Route { Route(.post, path, summary, policy, problems, bodyLimit: bodyLimit, handler: handler) }

    /// A route that sets something as a whole.
    public static func put<Input: RouteInput, Body: RouteBody, Output: RouteOutput>(
        _ path: String, _ summary: String, policy: Policy, problems: [RouteProblem] = [], bodyLimit: Int = usualBodyLimit,
        handler: @escaping @Sendable (Input, Body, Request) async throws -> Output
    ) -> Route { Route(.put, path, summary, policy, problems, bodyLimit: bodyLimit, handler: handler) }

    /// A route that changes what the body names and leaves the rest.
    public static func patch<Input: RouteInput, Body: RouteBody, Output: RouteOutput>(
        _ path: String, _ summary: String, policy: Policy, problems: [RouteProblem] = [], bodyLimit: Int = usualBodyLimit,
        handler: @escaping @Sendable (Input, Body, Request) async throws -> Output
    ) -> Route { Route(.patch, path, summary, policy, problems, bodyLimit: bodyLimit, handler: handler) }

    /// A route that takes something away.
    public static func delete<Input: RouteInput, Output: RouteOutput>(
        _ path: String, _ summary: String, policy: Policy, problems: [RouteProblem] = [],
        handler: @escaping @Sendable (Input, Request) async throws -> Output
    ) -> Route {
        Route(.delete, path, summary, policy, problems, bodyLimit: 0) { (input: Input, _: NoBody, request) in
            try await handler(input, request)
        }
    }

    /// `GET /battles/{id}`: how manifests and logs name it.
    public var label: String { "\(method.rawValue) \(path)" }

    /// Whether the method is one that changes something.
    public var changes: Bool { method != .get && method != .head }
}

/// An error that a route's own handler can answer with.
public enum RouteProblem: Int, Sendable, CaseIterable {
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case conflict = 409
    case badGateway = 502
    case serviceUnavailable = 503
}

/// What OpenAPI tells about a route; made when somebody asks.
public struct RouteDescription: Sendable {
    public let parameters: @Sendable () -> [ParameterDeclaration]
    /// `nil`: takes no body.
    public let body: (@Sendable () -> JSONSchema)?
    public let answers: @Sendable () -> [AnswerDescription]

    init<Input: RouteInput, Body: RouteBody, Output: RouteOutput>(_ input: Input.Type, _ body: Body.Type?, _ output: Output.Type)
    {
        parameters = { ParameterReader.declarations(of: Input.self) }
        if body == nil { self.body = nil } else { self.body = { BodyReader.schema(of: Body.self) } }
        answers = { Output.answers }
    }
}

/// What a route takes from path and query, declared by reading it; see ``ParameterReader``.
public protocol RouteInput: Sendable {
    init(_ parameters: inout ParameterReader)
}

/// For routes that take nothing.
public struct NoInput: RouteInput {
    public init(_ parameters: inout ParameterReader) {}
}
