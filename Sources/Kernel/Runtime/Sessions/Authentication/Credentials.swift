import Foundation
import HTTPTypes
import KernelAPI

/// What a request brings to prove who it is from.
enum Credentials: Sendable, Hashable {
    case none
    /// A browser's cookie.
    case session(SecretToken)
    /// A program's key.
    case apiKey(SecretToken)

    static let keyPrefix = "bsk_"

    /// A key wins over a cookie: nobody sends one by accident.
    ///
    /// - Throws: 401 for a key that is none, 431 for too many cookies.
    init(_ headers: HTTPFields) throws {
        if let bearer = try Self.bearer(headers) {
            guard let key = SecretToken(bearer, prefix: Self.keyPrefix) else { throw Problem.invalidKey }
            self = .apiKey(key)
        } else if let token = try Cookies.value(Cookies.session, in: headers).flatMap({ SecretToken($0) }) {
            self = .session(token)
        } else {
            self = .none
        }
    }

    /// Other schemes are for whatever stands in front of this server.
    private static func bearer(_ headers: HTTPFields) throws -> Substring? {
        let fields = headers[values: .authorization].filter { $0.lowercased().hasPrefix("bearer ") }
        guard fields.count <= 1 else { throw Problem.invalidKey }
        return fields.first.map { $0.dropFirst("bearer ".count) }
    }
}

extension Problem {
    /// 401: no such key, or not any more.
    static let invalidKey = Problem(
        .unauthorized, "invalid_api_key",
        "This API key does not exist, has expired or was revoked. Make another on your profile page.")
}
