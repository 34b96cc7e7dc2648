public import HTTPTypes

/// What a route answered.
public struct TestAnswer: Sendable {
    public let status: Int
    public let headers: HTTPFields
    public let body: [UInt8]
    /// The body, parsed; ``JSON/null`` when it is no JSON.
    public let json: JSON

    package init(status: Int, headers: HTTPFields, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
        json = (try? JSON(body)) ?? .null
    }

    public var text: String { String(decoding: body, as: UTF8.self) }

    /// A header by name; `nil` when it is not there.
    public func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}
