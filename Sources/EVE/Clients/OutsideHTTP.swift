import AsyncHTTPClient
import EVE
import Metrics
import NIOCore
import NIOHTTP1

/// Who we say we are. Services refuse or ban clients that do not say it.
public struct OutsideIdentity: Sendable, Hashable {
    /// `BattleScope/1.2.3 (admin@example.com)`
    public let userAgent: String

    /// - Parameter contact: an e-mail address or URL at which a service's owner reaches the operator; `nil` if it is blank or
    ///   could not stand in a header.
    public init?(version: String, contact: String) {
        let isClean = (version + contact).utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        guard isClean, contact.contains(where: { $0 != " " }), !version.isEmpty else { return nil }
        userAgent = "BattleScope/\(version) (\(contact))"
    }
}

/// Requests to outside services: identified, bounded, decompressed.
struct OutsideHTTP: Sendable {
    struct Response: Sendable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        /// Looked up in lower case.
        subscript(name: String) -> String? { headers[name] }

        /// What the header Retry-After says, when it says seconds.
        var retryAfter: Duration? {
            self["retry-after"].flatMap { Int64($0) }.map { .seconds(min(max($0, 0), 86_400)) }
        }
    }

    /// The service did not answer, or with too much.
    struct Failure: Error {
        /// Safe to log.
        var reason: String
        var isTooLarge = false
        /// Nobody knows what became of the request.
        var isTimeout = false
    }

    let client: HTTPClient
    let identity: OutsideIdentity
    /// The label in metrics.
    let service: String
    /// For everything, from the connection to the last byte.
    var timeout = TimeAmount.seconds(15)
    /// In bytes, after decompression. The largest killmail known has 668 kB.
    var maximumBody = 8 * 1024 * 1024
    /// Without, a redirect is a failure, and what was posted is sent to nobody else whatever the client's settings are.
    var followsRedirects = true

    /// - Throws: `CancellationError` or ``Failure``.
    func send(
        _ url: String, method: HTTPMethod = .GET, headers: [(String, String)] = [], body: [UInt8]? = nil,
        contentType: String = "application/json"
    ) async throws -> Response {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "User-Agent", value: identity.userAgent)
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "Accept-Encoding", value: "gzip")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: contentType)
            request.body = followsRedirects ? .bytes(body) : Self.once(body)
        }
        do {
            let (response, body) = try await exchange(request)
            count(String(response.status.code))
            guard followsRedirects || response.history.count <= 1 else { throw Failure(reason: "redirected") }
            return Response(
                status: Int(response.status.code),
                headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
                body: try decompressed(body, response.headers.first(name: "Content-Encoding")))
        } catch let failure as Failure {
            count("failed")
            throw failure
        } catch {
            try Task.checkCancellation()
            if error is CancellationError { throw error }
            count("failed")
            throw failure(error)
        }
    }

    /// Sends and reads to the end, within ``timeout``.
    ///
    /// The client's own deadline ends with the head of the answer: a body that stalls would keep us for ever. The timer is
    /// that of the event loop, not of ``OutsideTime``, since the network keeps no other time.
    private func exchange(_ request: HTTPClientRequest) async throws -> (HTTPClientResponse, [UInt8]) {
        let timer = client.eventLoopGroup.any().scheduleTask(in: timeout) {}
        return try await withThrowingTaskGroup(of: (HTTPClientResponse, [UInt8])?.self) { group in
            group.addTask {
                let response = try await client.execute(request, timeout: timeout)
                let body = try await response.body.collect(upTo: maximumBody)
                try Task.checkCancellation()
                return (response, Array(body.readableBytesView))
            }
            group.addTask {
                try? await timer.futureResult.get()
                return nil
            }
            defer {
                timer.cancel()
                group.cancelAll()
            }
            guard let answer = try await group.next() ?? nil else {
                throw Failure(reason: "no complete answer in time", isTimeout: true)
            }
            return answer
        }
    }

    /// A body that can be read once, so that the client cannot repeat it for another address.
    private static func once(_ body: [UInt8]) -> HTTPClientRequest.Body {
        let parts = AsyncStream<ByteBuffer>(bufferingPolicy: .unbounded) { continuation in
            continuation.yield(ByteBuffer(bytes: body))
            continuation.finish()
        }
        return .stream(parts, length: .known(Int64(body.count)))
    }

    private func failure(_ error: any Error) -> Failure {
        switch error {
        case is NIOTooManyBytesError: Failure(reason: "the answer is larger than \(maximumBody) bytes", isTooLarge: true)
        case let error as FileFormatError: Failure(reason: error.description, isTooLarge: error.code == .tooLarge)
        case let error as HTTPClientError:
            Failure(
                reason: error.shortDescription,
                isTimeout: [.deadlineExceeded, .readTimeout, .writeTimeout].contains(error))
        default: Failure(reason: "\(type(of: error))")
        }
    }

    /// The caller's client may have undone the compression already, and leaves the header as it was.
    private func decompressed(_ body: [UInt8], _ encoding: String?) throws -> [UInt8] {
        guard encoding?.lowercased() == "gzip", Gzip.isGzip(body) else { return body }
        return try Gzip.inflate(body, limit: maximumBody)
    }

    private func count(_ outcome: String) {
        Counter(label: "outside_requests_total", dimensions: [("service", service), ("outcome", outcome)]).increment()
    }
}
