import HTTPTypes
import KernelAPI

/// What happens to every answer after its handler: caching, compression, and the header fields that all have.
struct AnswerFinisher: Sendable {
    private let security: SecurityHeaders
    private let cors: CORSPolicy
    private let compressor = GzipCompressor()

    init(settings: HTTPSettings) {
        security = SecurityHeaders(isSecure: settings.isSecure)
        cors = CORSPolicy(origins: settings.allowedOrigins)
    }

    /// - Parameters:
    ///   - cache: of the route; what the handler itself set wins.
    ///   - id: the request's.
    func finish(_ answer: inout Answer, _ request: IncomingRequest, cache: CachePolicy, id: String) {
        answer.headers.append(HTTPField(name: .requestID, value: id))
        if !answer.headers.contains(.cacheControl) {
            let policy = answer.status.kind == .successful ? cache : .never
            answer.headers.append(HTTPField(name: .cacheControl, value: policy.header))
        }
        security.mark(&answer.headers)
        cors.mark(&answer.headers, for: request)
        guard answer.stream == nil else { return }
        encode(&answer, request, cache: cache)
        if answer.status != .noContent, answer.status != .notModified {
            answer.headers[.contentLength] = String(answer.body.count)
        }
        if request.method == .head { answer.body = [] }
    }

    private func encode(_ answer: inout Answer, _ request: IncomingRequest, cache: CachePolicy) {
        if cache != .never, answer.status == .ok, !answer.headers.contains(.eTag) {
            let tag = EntityTag.make(answer.body)
            answer.headers.append(HTTPField(name: .eTag, value: tag))
            if EntityTag.matches(request.headers[.ifNoneMatch], tag) {
                answer.status = .notModified
                answer.headers[.contentType] = nil
                answer.body = []
            }
        }
        guard Self.isCompressible(answer.headers) || answer.status == .notModified else { return }
        answer.headers.append(HTTPField(name: .vary, value: "Accept-Encoding"))
        guard answer.body.count >= GzipCompressor.leastBytes, AcceptedCodings.wantsGzip(request.headers[.acceptEncoding]),
            let compressed = compressor.compress(answer.body)
        else { return }
        answer.body = compressed
        answer.headers.append(HTTPField(name: .contentEncoding, value: "gzip"))
        if let tag = answer.headers[.eTag], tag.hasPrefix("\"") { answer.headers[.eTag] = EntityTag.compressed(tag) }
    }

    /// Text of any kind that is not compressed already; images and archives are.
    private static func isCompressible(_ headers: HTTPFields) -> Bool {
        guard let type = headers[.contentType], !headers.contains(.contentEncoding) else { return false }
        return type.hasPrefix("text/") || type.hasPrefix("application/json") || type.hasPrefix("application/problem+json")
            || type.hasPrefix("application/javascript") || type.hasPrefix("image/svg+xml")
    }
}
