public import HTTPTypes

/// One operation of the HTTP API, as a value.
public struct Route: Sendable {
    public let method: HTTPRequest.Method
    /// A template such as `/battles/{id}`; it names the route in logs and metrics.
    public let path: String
    /// One line for people.
    public let summary: String
    public let handler: @Sendable (Request) async throws -> Response

    private init(
        method: HTTPRequest.Method, path: String, summary: String,
        handler: @escaping @Sendable (Request) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.handler = handler
    }

    /// A route that reads. `Input` says what it takes from path and query; everything else is refused before the handler.
    public static func get<Input: RouteInput>(
        _ path: String, _ summary: String, input: Input.Type = Input.self,
        handler: @escaping @Sendable (Input, Request) async throws -> Response
    ) -> Route {
        Route(method: .get, path: path, summary: summary) { request in
            try await handler(try request.input(Input.self), request)
        }
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
