public import HTTPTypes

/// What a handler answers.
public struct Response: Sendable {
    public var status: HTTPResponse.Status
    public var headers: HTTPFields
    public var body: [UInt8]
    /// Events that follow instead of a body.
    public var stream: EventStream?

    public init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON document, written by `build`.
    public static func json(status: HTTPResponse.Status = .ok, _ build: (inout JSONWriter) -> Void) -> Response {
        var writer = JSONWriter()
        build(&writer)
        return Response(status: status, headers: [.contentType: "application/json"], body: writer.bytes)
    }

    /// Sends the client elsewhere for good, with the same method; nobody may cache it, since what was merged can be split.
    public static func redirect(to path: String) -> Response {
        Response(status: .permanentRedirect, headers: [.location: path, .cacheControl: "no-store"], body: [])
    }
}
