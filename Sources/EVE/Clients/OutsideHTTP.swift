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
    }

    /// The largest killmail known has 668 kB.
    static let maximumBody = 8 * 1024 * 1024

    let client: HTTPClient
    let identity: OutsideIdentity
    /// The label in metrics.
    let service: String
    var timeout = TimeAmount.seconds(15)

    /// - Throws: `CancellationError` or ``Failure``.
    func send(
        _ url: String, method: HTTPMethod = .GET, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> Response {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "User-Agent", value: identity.userAgent)
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "Accept-Encoding", value: "gzip")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        do {
            let response = try await client.execute(request, timeout: timeout)
            let body = try await response.body.collect(upTo: Self.maximumBody)
            count(String(response.status.code))
            return Response(
                status: Int(response.status.code),
                headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
                body: try decompressed(Array(body.readableBytesView), response.headers.first(name: "Content-Encoding")))
        } catch {
            try Task.checkCancellation()
            if error is CancellationError { throw error }
            count("failed")
            if error is NIOTooManyBytesError { throw Failure(reason: "the answer is larger than 8 MiB", isTooLarge: true) }
            if let error = error as? FileFormatError {
                throw Failure(reason: error.description, isTooLarge: error.code == .tooLarge)
            }
            throw Failure(reason: (error as? HTTPClientError)?.shortDescription ?? "\(type(of: error))")
        }
    }

    /// The caller's client may have undone the compression already, and leaves the header as it was.
    private func decompressed(_ body: [UInt8], _ encoding: String?) throws -> [UInt8] {
        guard encoding?.lowercased() == "gzip", Gzip.isGzip(body) else { return body }
        return try Gzip.inflate(body, limit: Self.maximumBody)
    }

    private func count(_ outcome: String) {
        Counter(label: "outside_requests_total", dimensions: [("service", service), ("outcome", outcome)]).increment()
    }
}
