import Foundation
import HTTPTypes

/// What a request is called in logs, in `X-Request-Id`, and by people who report a failure.
enum RequestID {
    /// - Parameter isProxy: the request comes from a proxy of ours, whose name for it is taken over. Nobody else may choose
    ///   what stands in our logs.
    static func of(_ request: IncomingRequest, isProxy: Bool) -> String {
        if isProxy, let given = request.headers[.requestID], given.wholeMatch(of: /[A-Za-z0-9._-]{8,64}/) != nil { return given }
        return UUID().uuidString.lowercased()
    }
}

extension HTTPField.Name {
    // The initializer fails for invalid tokens only, and this is a valid one.
    static let requestID = HTTPField.Name("X-Request-Id") ?? .via
}
