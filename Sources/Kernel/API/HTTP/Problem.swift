public import HTTPTypes

/// An error for a client, in the form of RFC 9457 (`application/problem+json`).
public struct Problem: Error, Sendable, Hashable {
    /// What is wrong with one part of the request.
    public struct Detail: Sendable, Hashable {
        /// Where: `query/limit`, `path/id`.
        public let pointer: String
        public let message: String
        public init(pointer: String, message: String) {
            self.pointer = pointer
            self.message = message
        }
    }

    public let status: HTTPResponse.Status
    /// The stable word that programs match on: `not_found`, `invalid_request`.
    public let code: String
    /// One sentence for people: what was wrong and what to do.
    public let message: String
    public let errors: [Detail]

    public init(_ status: HTTPResponse.Status, _ code: String, _ message: String, errors: [Detail] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
    }

    /// 401: this needs a login.
    public static let notSignedIn = Problem(
        .unauthorized, "not_signed_in", "Log in first: nobody is logged in with this request.")

    /// 409: the request does not fit what is there now.
    public static func conflict(_ code: String, _ message: String) -> Problem { Problem(.conflict, code, message) }

    public static func notFound(_ message: String) -> Problem { Problem(.notFound, "not_found", message) }

    /// 400, with the first ``mostDetails`` of what is wrong.
    public static func invalidRequest(_ errors: [Detail]) -> Problem {
        Problem(
            .badRequest, "invalid_request",
            errors.count == 1 ? errors[0].message : "The request has \(errors.count) errors.",
            errors: Array(errors.prefix(mostDetails)))
    }

    /// More would help nobody, and make the answer many times as long as the request.
    static let mostDetails = 50
}
