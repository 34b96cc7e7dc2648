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
    /// The whole body, within the route's limit.
    public let body: [UInt8]
    /// Who asks. The route's policy has been judged; `nil` only where that is open.
    public let principal: Principal?
    /// The client's address as the server sees it.
    public let clientAddress: String?
    public let logger: Logger

    public init(
        id: String, path: String, pathParameters: [String: String], query: [(name: String, value: String)],
        headers: HTTPFields, body: [UInt8] = [], principal: Principal? = nil, clientAddress: String? = nil, logger: Logger
    ) {
        self.id = id
        self.path = path
        self.pathParameters = pathParameters
        self.query = query
        self.headers = headers
        self.body = body
        self.principal = principal
        self.clientAddress = clientAddress
        self.logger = logger
    }

    private static let bodyForm =
        "the body must be one JSON object in UTF-8, each member once, nested at most \(JSONValue.mostDepth) deep"

    /// Who asks, on routes that are not open.
    ///
    /// - Throws: 401 when nobody is logged in.
    public var account: Principal {
        get throws {
            guard let principal else { throw Problem.notSignedIn }
            return principal
        }
    }

    /// Who asks, for the audit log.
    public var actor: AuditActor {
        AuditActor(accountID: principal?.accountID, address: clientAddress, userAgent: headers[.userAgent])
    }

    /// Reads path, query and body as the route declared them.
    ///
    /// - Throws: ``Problem`` with status 400 and every error at once, unknown parameters and members included.
    func read<Input: RouteInput, Body: RouteBody>(_ type: Input.Type, _ bodyType: Body.Type) throws -> (Input, Body) {
        var parameters = ParameterReader(path: pathParameters, query: query)
        let input = Input(&parameters)
        var errors = parameters.allErrors
        var reader = BodyReader(members: [:])
        if !body.isEmpty {
            if case .object(let members) = JSONValue.parse(body) {
                reader = BodyReader(members: members)
            } else {
                errors.append(.init(pointer: "body", message: Self.bodyForm))
                throw Problem.invalidRequest(errors)
            }
        }
        let body = Body(&reader)
        errors += reader.allErrors
        guard errors.isEmpty else { throw Problem.invalidRequest(errors) }
        return (input, body)
    }
}
