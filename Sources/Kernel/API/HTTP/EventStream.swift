import HTTPTypes

/// A stream of Server-Sent Events (`text/event-stream`) for as long as the client listens.
///
/// The kernel sends a heartbeat every 15 seconds, and ends the stream when the client goes or reads too slowly, the account
/// loses its right, the feature is switched off, or the server stops.
public struct EventStream: RouteOutput {
    public static let answers = [AnswerDescription(.ok, "text/event-stream", .text())]
    /// Sends events until it returns or its task is cancelled; both end the stream.
    public let run: @Sendable (any EventSink) async throws -> Void

    public init(_ run: @escaping @Sendable (any EventSink) async throws -> Void) { self.run = run }

    public func response() -> Response {
        var answer = Response(headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: [])
        answer.stream = self
        return answer
    }
}

/// Where a stream's events go.
public protocol EventSink: Sendable {
    /// Waits until the event is on its way; a client that reads too slowly is dropped.
    ///
    /// - Throws: `CancellationError` when the stream has ended.
    func send(_ event: ServerSentEvent) async throws
}

/// One event of a stream.
public struct ServerSentEvent: Sendable {
    /// What a client sends back as `Last-Event-ID`.
    public var id: String?
    public var name: String
    /// One line of JSON.
    public var data: [UInt8]

    public init(id: String? = nil, name: String, data: [UInt8]) {
        self.id = id
        self.name = name
        self.data = data
    }
}
