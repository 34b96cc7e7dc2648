import HTTPTypes
import KernelAPI

/// Which other sites' pages may use the API in a browser: none, unless they are named.
struct CORSPolicy: Sendable {
    private let origins: Set<String>

    /// - Parameter origins: exactly as browsers send them: `https://tools.example.org`. No pattern and no `*`, because answers
    ///   depend on who asks.
    init(origins: [String]) { self.origins = Set(origins) }

    /// The answer to a browser that asks before it sends the real request; `nil` when this is no such question.
    func preflight(_ request: IncomingRequest, allowed methods: @autoclosure () -> [HTTPRequest.Method]) -> Response? {
        guard request.method == .options, request.headers.contains(.accessControlRequestMethod),
            let origin = request.headers[.origin], origins.contains(origin)
        else { return nil }
        let names = methods().map(\.rawValue).joined(separator: ", ")
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: names,
                .accessControlAllowHeaders: "Content-Type, Authorization, If-None-Match, Last-Event-ID",
                .accessControlMaxAge: "600",
            ], body: [])
    }

    /// Lets the page at an allowed origin read the answer.
    func mark(_ headers: inout HTTPFields, for request: IncomingRequest) {
        guard !origins.isEmpty else { return }
        headers.append(HTTPField(name: .vary, value: "Origin"))
        guard let origin = request.headers[.origin], origins.contains(origin) else { return }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlAllowCredentials] = "true"
        headers[.accessControlExposeHeaders] = "X-Request-Id, ETag, Retry-After, RateLimit, RateLimit-Policy"
        headers[.crossOriginResourcePolicy] = "cross-origin"
    }
}
