import HTTPTypes
public import struct Foundation.Date
public import struct Foundation.UUID

/// How a value looks as JSON: one declaration from which both the bytes and the OpenAPI schema come.
///
/// ```swift
/// struct Pilot: JSONRepresentable {
///     static let json = JSONForm<Pilot>("Pilot") { form in
///         form.id("characterId") { $0.id }
///         form.text("characterName") { $0.name }        // String?: null where there is none
///     }
/// }
/// ```
/// Declared as `static let`, so that it is made once. Members are always written, in this order.
public struct JSONForm<Value>: Sendable {
    struct Member: Sendable {
        let property: JSONSchema.Property
        let write: @Sendable (Value, inout JSONWriter) -> Void
    }

    /// The name under `components/schemas`; unique within the program.
    public let name: String
    private(set) var members: [Member] = []

    public init(_ name: String, _ declare: (inout JSONForm) -> Void) {
        self.name = name
        declare(&self)
    }

    /// The members' schema.
    public var schema: JSONSchema { .object(members.map(\.property)) }

    /// Writes the value as an object.
    public func write(_ value: Value, to json: inout JSONWriter) {
        json.object { json in
            for member in members { member.write(value, &json) }
        }
    }

    private mutating func add(
        _ key: StaticString, _ schema: JSONSchema, _ summary: String?,
        _ write: @escaping @Sendable (Value, inout JSONWriter) -> Void
    ) {
        members.append(Member(property: .init(key.description, schema, summary: summary), write: write))
    }

    // MARK: Members

    /// All members of another form, side by side with this one's own.
    public mutating func members<Part>(of form: JSONForm<Part>, _ value: @escaping @Sendable (Value) -> Part) {
        members += form.members.map { member in
            Member(property: member.property) { whole, json in member.write(value(whole), &json) }
        }
    }

    public mutating func text(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> String) {
        add(key, .text(), summary) { $1.field(key, value($0)) }
    }

    public mutating func text(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> String?) {
        add(key, .nullable(.text()), summary) { $1.field(key, value($0)) }
    }

    public mutating func texts(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> [String]) {
        add(key, .array(.text()), summary) { $1.array(key, value($0)) { $0.value($1) } }
    }

    /// An id or another number too large for JavaScript, as a string.
    public mutating func id(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Int64) {
        add(key, .idText, summary) { $1.field(key, id: value($0)) }
    }

    public mutating func id(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Int64?) {
        add(key, .nullable(.idText), summary) { $1.field(key, id: value($0)) }
    }

    public mutating func ids(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> [Int64]) {
        add(key, .array(.idText), summary) { $1.array(key, value($0)) { $0.value(String($1)) } }
    }

    public mutating func uuid(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> UUID) {
        add(key, .uuid, summary) { $1.field(key, value($0).uuidString.lowercased()) }
    }

    public mutating func uuid(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> UUID?) {
        add(key, .nullable(.uuid), summary) { $1.field(key, value($0)?.uuidString.lowercased()) }
    }

    public mutating func integer(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Int) {
        add(key, .integer(), summary) { $1.field(key, value($0)) }
    }

    public mutating func integer(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Int?) {
        add(key, .nullable(.integer()), summary) { $1.field(key, value($0)) }
    }

    /// A number with a fraction; `null` also for what JSON has no number for.
    public mutating func number(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Double?) {
        add(key, .nullable(.number), summary) { $1.field(key, value($0)) }
    }

    public mutating func boolean(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Bool) {
        add(key, .boolean, summary) { $1.field(key, value($0)) }
    }

    public mutating func time(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Date) {
        add(key, .time, summary) { $1.field(key, value($0)) }
    }

    public mutating func time(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Date?) {
        add(key, .nullable(.time), summary) { $1.field(key, value($0)) }
    }

    /// A word out of a closed list.
    public mutating func choice<Choice: RawRepresentable & CaseIterable & SendableMetatype>(
        _ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Choice
    ) where Choice.RawValue == String {
        add(key, .text(choices: Choice.allCases.map(\.rawValue)), summary) { $1.field(key, value($0).rawValue) }
    }

    public mutating func choice<Choice: RawRepresentable & CaseIterable & SendableMetatype>(
        _ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Choice?
    ) where Choice.RawValue == String {
        add(key, .nullable(.text(choices: Choice.allCases.map(\.rawValue))), summary) { $1.field(key, value($0)?.rawValue) }
    }

    public mutating func object<Part: JSONRepresentable>(
        _ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Part
    ) {
        add(key, Part.schema, summary) { $1.member(key, value($0)) }
    }

    public mutating func object<Part: JSONRepresentable>(
        _ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> Part?
    ) {
        add(key, .nullable(Part.schema), summary) { $1.member(key, value($0)) }
    }

    public mutating func array<Part: JSONRepresentable>(
        _ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> [Part]
    ) {
        add(key, .array(Part.schema), summary) { $1.array(key, value($0)) { $1.write(to: &$0) } }
    }

    /// A JSON document that is already written; `null` where there is none.
    public mutating func document(_ key: StaticString, _ summary: String? = nil, _ value: @escaping @Sendable (Value) -> [UInt8]?)
    {
        add(key, .any, summary) { $1.field(key, document: value($0)) }
    }
}

/// A value that has a form as JSON, and can be a route's answer.
public protocol JSONRepresentable: RouteOutput {
    static var json: JSONForm<Self> { get }
    /// Writes the value as an object, as its form says; generic types, whose form cannot be kept, write themselves.
    func write(to json: inout JSONWriter)
}

extension JSONRepresentable {
    public func write(to json: inout JSONWriter) { Self.json.write(self, to: &json) }

    /// Its form by name.
    public static var schema: JSONSchema { .named(json.name) { json.schema } }

    /// The value as a JSON document.
    public var jsonBytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    public static var answers: [AnswerDescription] { [AnswerDescription(.ok, "application/json", schema)] }

    public func response() -> Response {
        Response(headers: [.contentType: "application/json"], body: jsonBytes)
    }
}

extension JSONWriter {
    mutating func member<Part: JSONRepresentable>(_ key: StaticString, _ part: Part?) {
        guard let part else { return field(key, nil as String?) }
        self.key(key)
        part.write(to: &self)
    }
}
