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

    /// Says up to where the client has seen everything: heartbeats carry it as their `id`, so that a client which comes back
    /// after a long silence need not be told again what was not for it. Events move it by themselves.
    func advance(to id: String) async
}

/// One event of a stream. Copies share its encoded form: an event that goes to thousands is encoded once.
public struct ServerSentEvent: Sendable {
    /// What a client sends back as `Last-Event-ID`.
    public let id: String?
    public let name: String
    /// JSON, usually on one line.
    public let data: [UInt8]
    /// As it goes over the wire.
    public let encoded: [UInt8]

    /// - Parameters:
    ///   - id: without line breaks.
    ///   - name: one word.
    public init(id: String? = nil, name: String, data: [UInt8]) {
        self.id = id
        self.name = name
        self.data = data
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 64)
        if let id { Self.append("id", id.utf8, to: &bytes) }
        Self.append("event", name.utf8, to: &bytes)
        for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            Self.append("data", line, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        encoded = bytes
    }

    /// A line break within a value would begin a field of its own.
    private static func append(_ field: String, _ value: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: field.utf8)
        bytes.append(contentsOf: ": ".utf8)
        bytes.append(contentsOf: value.lazy.map { [0, 10, 13].contains($0) ? UInt8(ascii: " ") : $0 })
        bytes.append(UInt8(ascii: "\n"))
    }
}
