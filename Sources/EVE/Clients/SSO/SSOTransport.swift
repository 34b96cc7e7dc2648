import AsyncHTTPClient
import EVE
import NIOCore
import NIOHTTP1

/// Requests to the single sign-on: never redirected, small, and repeated only where that does no harm.
struct SSOTransport: Sendable {
    /// A token with all scopes has about 5 kB.
    static let maximumBody = 64 * 1024
    static let shortestTimeout = Duration.seconds(2)

    private let http: OutsideHTTP
    private let baseURL: String
    private let time: OutsideTime

    init(settings: SSOSettings, client: HTTPClient, identity: OutsideIdentity, time: OutsideTime) {
        self.time = time
        baseURL = settings.baseURL
        // A simulator in a hurry is asked for less patience, but this machine may be busy.
        let timeout = max(time.scaled(settings.timeout), min(settings.timeout, Self.shortestTimeout))
        http = OutsideHTTP(
            client: client, identity: identity, service: "sso", timeout: TimeAmount(timeout), maximumBody: Self.maximumBody,
            followsRedirects: false)
    }

    /// Asks twice if the first answer is none.
    func get(_ path: String) async throws -> OutsideHTTP.Response {
        try await send(path, method: .GET, headers: [], body: nil, attempts: 2)
    }

    /// - Parameter attempts: 1 for what may be said only once.
    func post(
        _ path: String, form: [(String, String)], headers: [(String, String)], attempts: Int
    ) async throws -> OutsideHTTP.Response {
        let body = form.map { "\(URLText.escape($0))=\(URLText.escape($1))" }.joined(separator: "&")
        return try await send(path, method: .POST, headers: headers, body: Array(body.utf8), attempts: attempts)
    }

    private func send(
        _ path: String, method: HTTPMethod, headers: [(String, String)], body: [UInt8]?, attempts: Int
    ) async throws -> OutsideHTTP.Response {
        var left = attempts
        while true {
            left -= 1
            do {
                let response = try await http.send(
                    baseURL + path, method: method, headers: headers, body: body,
                    contentType: "application/x-www-form-urlencoded")
                // Told when to come back, that is left to the caller.
                guard left > 0, response.status >= 500, response.retryAfter == nil else { return response }
            } catch let failure as OutsideHTTP.Failure {
                // Who waited in vain is not made to wait once more.
                guard left > 0, !failure.isTimeout, !failure.isTooLarge else {
                    throw SSOError(.unavailable, "EVE SSO: \(failure.reason)")
                }
            }
            try await time.sleep(time.scaled(seconds: 0.5 + time.random() / 2))
        }
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
