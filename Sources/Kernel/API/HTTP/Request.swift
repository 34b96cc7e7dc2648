public import HTTPTypes
public import Logging

/// A request as a route's handler sees it.
public struct Request: Sendable {
    /// Given by the kernel, in logs and in the answer's `X-Request-Id`.
    public let id: String
    public let path: String
    /// Percent-decoded, by the names in the route's template.
    public let pathParameters: [String: String]
    /// Percent-decoded, in order, repetitions included.
    public let query: [(name: String, value: String)]
    public let headers: HTTPFields
    public let logger: Logger

    public init(
        id: String, path: String, pathParameters: [String: String], query: [(name: String, value: String)],
        headers: HTTPFields, logger: Logger
    ) {
        self.id = id
        self.path = path
        self.pathParameters = pathParameters
        self.query = query
        self.headers = headers
        self.logger = logger
    }

    /// Reads path and query as the route declared them.
    ///
    /// - Throws: ``Problem`` with status 400 and every error at once, unknown parameters included.
    func input<Input: RouteInput>(_ type: Input.Type) throws -> Input {
        var reader = ParameterReader(path: pathParameters, query: query)
        let input = Input(&reader)
        try reader.finish()
        return input
    }
}
