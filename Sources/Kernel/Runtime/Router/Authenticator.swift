package import HTTPTypes
package import KernelAPI

/// Tells who a request comes from.
package protocol Authenticator: Sendable {
    /// - Returns: `nil` for a request without credentials.
    /// - Throws: ``Problem`` 401 for credentials that are not valid (any more), 403 `account_blocked` or `organisation_denied`,
    ///   503 when the database does not answer.
    func principal(of head: RequestHead) async throws -> Principal?

    /// Somebody was not let in: counted, and written down.
    ///
    /// - Parameters:
    ///   - reason: the problem's code.
    ///   - route: `GET /battles`
    func noteDenial(of principal: Principal?, _ reason: String, at route: String, _ head: RequestHead) async
}

extension Authenticator {
    package func noteDenial(of principal: Principal?, _ reason: String, at route: String, _ head: RequestHead) async {}
}

/// What is known of a request before its body is read.
package struct RequestHead: Sendable {
    package let method: HTTPRequest.Method
    package let path: String
    package let headers: HTTPFields
    /// As the server sees it.
    package let clientAddress: String?
    /// The request was let in long ago, and its stream is looked at again: nobody does anything at this moment.
    package let isRecheck: Bool

    package init(
        method: HTTPRequest.Method, path: String, headers: HTTPFields, clientAddress: String?, isRecheck: Bool = false
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.clientAddress = clientAddress
        self.isRecheck = isRecheck
    }

    var asRecheck: RequestHead {
        RequestHead(method: method, path: path, headers: headers, clientAddress: clientAddress, isRecheck: true)
    }
}

/// Everybody is the same: for tests of what comes after authentication.
package struct FixedAuthenticator: Authenticator {
    private let principal: Principal?
    package init(_ principal: Principal?) { self.principal = principal }
    package func principal(of head: RequestHead) async throws -> Principal? { principal }
}
