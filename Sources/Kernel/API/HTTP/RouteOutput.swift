public import HTTPTypes

/// What a route's handler returns: it knows how it is answered, and OpenAPI can describe it without calling the route.
public protocol RouteOutput: Sendable {
    /// Every way in which this output can be answered.
    static var answers: [AnswerDescription] { get }
    func response() -> Response
}

/// One possible answer, for OpenAPI.
public struct AnswerDescription: Sendable {
    public let status: HTTPResponse.Status
    /// `nil`: without a body.
    public let contentType: String?
    public let schema: JSONSchema?

    public init(_ status: HTTPResponse.Status, _ contentType: String? = nil, _ schema: JSONSchema? = nil) {
        self.status = status
        self.contentType = contentType
        self.schema = schema
    }
}

/// 204: done, nothing to tell.
public struct NoContent: RouteOutput {
    public static let answers = [AnswerDescription(.noContent)]
    public init() {}
    public func response() -> Response { Response(status: .noContent, body: []) }
}

/// 201 with what was made.
public struct Created<Value: JSONRepresentable>: RouteOutput {
    public static var answers: [AnswerDescription] { [AnswerDescription(.created, "application/json", Value.schema)] }
    public let value: Value
    public init(_ value: Value) { self.value = value }

    public func response() -> Response {
        var answer = value.response()
        answer.status = .created
        return answer
    }
}

/// 202: accepted, it will happen.
public struct Accepted<Value: JSONRepresentable>: RouteOutput {
    public static var answers: [AnswerDescription] { [AnswerDescription(.accepted, "application/json", Value.schema)] }
    public let value: Value
    public init(_ value: Value) { self.value = value }

    public func response() -> Response {
        var answer = value.response()
        answer.status = .accepted
        return answer
    }
}

/// The value, or 308 to where it now is: ids that were merged away lead on, and nobody may cache that.
public enum OrRedirect<Value: JSONRepresentable>: RouteOutput {
    case value(Value)
    /// An absolute path.
    case moved(to: String)

    public static var answers: [AnswerDescription] { Value.answers + [AnswerDescription(.permanentRedirect)] }

    public func response() -> Response {
        switch self {
        case .value(let value): value.response()
        case .moved(let path): .redirect(to: path)
        }
    }
}

/// 302: a browser is sent on, by login and logout.
public struct Found: RouteOutput {
    public static let answers = [AnswerDescription(.found)]
    public let location: String
    public var headers: HTTPFields
    public init(_ location: String, headers: HTTPFields = [:]) {
        self.location = location
        self.headers = headers
    }

    public func response() -> Response {
        var answer = Response(status: .found, headers: headers, body: [])
        answer.headers[.location] = location
        return answer
    }
}

/// An output with more header fields, such as a cookie.
public struct WithHeaders<Output: RouteOutput>: RouteOutput {
    public static var answers: [AnswerDescription] { Output.answers }
    public let output: Output
    public let headers: HTTPFields
    public init(_ output: Output, _ headers: HTTPFields) {
        self.output = output
        self.headers = headers
    }

    public func response() -> Response {
        var answer = output.response()
        answer.headers.append(contentsOf: headers)
        return answer
    }
}

/// A document as a whole, to look at or to keep.
public struct Document<Kind: DocumentKind>: RouteOutput {
    public static var answers: [AnswerDescription] { [AnswerDescription(.ok, Kind.contentType, Kind.schema)] }
    public let body: [UInt8]
    /// With a name a browser saves it instead of showing it.
    public let fileName: String?

    /// - Parameter fileName: plain letters, digits, dots and hyphens.
    public init(_ body: [UInt8], fileName: String? = nil) {
        self.body = body
        self.fileName = fileName
    }

    public func response() -> Response {
        var answer = Response(headers: [.contentType: Kind.contentType], body: body)
        if let fileName { answer.headers[.contentDisposition] = "attachment; filename=\"\(fileName)\"" }
        return answer
    }
}

/// One of two outputs, such as the same list in two formats.
public enum OneOf<First: RouteOutput, Second: RouteOutput>: RouteOutput {
    case first(First)
    case second(Second)

    public static var answers: [AnswerDescription] { First.answers + Second.answers }

    public func response() -> Response {
        switch self {
        case .first(let output): output.response()
        case .second(let output): output.response()
        }
    }
}

/// What a ``Document`` is.
public protocol DocumentKind: Sendable {
    static var contentType: String { get }
    static var schema: JSONSchema { get }
}

extension DocumentKind {
    public static var schema: JSONSchema { .text() }
}

public enum PlainText: DocumentKind { public static let contentType = "text/plain; charset=utf-8" }
public enum HTML: DocumentKind { public static let contentType = "text/html; charset=utf-8" }
/// JSON as a file of its own form: exports.
public enum JSONFile: DocumentKind {
    public static let contentType = "application/json"
    public static let schema = JSONSchema.any
}
public enum CSV: DocumentKind { public static let contentType = "text/csv; charset=utf-8" }

/// A page of a list: `{"items": [...], "nextCursor": ..., "hasMore": ...}`.
public struct Page<Item: JSONRepresentable>: JSONRepresentable {
    /// For the schema; what is written is written by ``write(to:)``, because this would be made anew for every answer.
    public static var json: JSONForm<Page<Item>> {
        JSONForm(Item.json.name + "Page") { form in
            form.array("items") { $0.items }
            form.text("nextCursor", "Ask for the next page with this; null on the last one") { $0.nextCursor }
            form.boolean("hasMore") { $0.nextCursor != nil }
        }
    }

    public let items: [Item]
    public let nextCursor: String?

    public init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("items", items) { $1.write(to: &$0) }
            json.field("nextCursor", nextCursor)
            json.field("hasMore", nextCursor != nil)
        }
    }
}

/// A list that is always whole: `{"items": [...]}`.
public struct Listing<Item: JSONRepresentable>: JSONRepresentable {
    /// For the schema, as ``Page/json``.
    public static var json: JSONForm<Listing<Item>> {
        JSONForm(Item.json.name + "List") { form in form.array("items") { $0.items } }
    }

    public let items: [Item]
    public init(_ items: [Item]) { self.items = items }

    public func write(to json: inout JSONWriter) {
        json.object { $0.array("items", items) { $1.write(to: &$0) } }
    }
}
