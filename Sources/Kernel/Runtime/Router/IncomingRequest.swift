package import HTTPTypes
import KernelAPI

/// A request as it comes from the engine: its head, and a body that nobody has read yet.
package struct IncomingRequest: Sendable {
    package let method: HTTPRequest.Method
    /// Path and query as they came over the wire.
    package let target: String
    package let headers: HTTPFields
    package let client: Client
    let body: Body

    enum Body: Sendable {
        case none
        case bytes([UInt8])
        case incoming(any IncomingBody)

        var isThere: Bool {
            switch self {
            case .none: false
            case .bytes(let bytes): !bytes.isEmpty
            case .incoming: true
            }
        }
    }

    init(_ method: HTTPRequest.Method, _ target: String, headers: HTTPFields, client: Client, body: Body) {
        self.method = method
        self.target = target
        self.headers = headers
        self.client = client
        self.body = body
    }

    /// Without a socket, for tests.
    package init(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: [UInt8] = [], client: Client = .unknown
    ) {
        self.init(method, target, headers: headers, client: client, body: body.isEmpty ? .none : .bytes(body))
    }

    /// The target without its query.
    var path: Substring { target.prefix { $0 != "?" } }

    /// Whether somebody is to be known by it: a cookie, an API key.
    var hasCredentials: Bool { headers.contains(.cookie) || headers.contains(.authorization) }
}

/// A body on its way.
protocol IncomingBody: Sendable {
    /// Reads it to the end. Nothing is read before; called once at most.
    ///
    /// - Throws: 413 when it is longer than `limit`, 408 when it takes too long.
    func collect(upTo limit: Int) async throws -> [UInt8]
}
