public import struct Foundation.UUID

/// Reads a request's JSON body strictly, collecting every error, as ``ParameterReader`` does for the rest of the request.
///
/// A body's initializer *is* its declaration: the schema for OpenAPI comes from reading nothing.
public struct BodyReader {
    /// `body`, `body/roles/0`: how errors name the place.
    let pointer: String
    private let members: [String: JSONValue]
    private var errors: [Problem.Detail] = []
    private(set) var properties: [JSONSchema.Property] = []

    init(members: [String: JSONValue], pointer: String = "body") {
        self.members = members
        self.pointer = pointer
    }

    /// What `Body` takes, found out by letting it read nothing.
    static func schema<Body: RouteBody>(of type: Body.Type) -> JSONSchema {
        var reader = BodyReader(members: [:])
        _ = Body(&reader)
        return .object(reader.properties)
    }

    /// Whether a member is there at all, `null` included: PATCH leaves alone what is absent.
    public func contains(_ key: String) -> Bool { members[key] != nil }

    /// Text without control characters other than line breaks, or of a certain form.
    public mutating func text(_ key: String, length: ClosedRange<Int>, form: TextForm? = nil) -> String {
        declare(key, Self.schema(length, form), isRequired: true)
        return read(key, Self.expectation(length, form)) { Self.text($0, length, form) } ?? ""
    }

    /// The same, or `nil` when it is absent or `null`.
    public mutating func optionalText(_ key: String, length: ClosedRange<Int>, form: TextForm? = nil) -> String? {
        declare(key, .nullable(Self.schema(length, form)), isRequired: false)
        return readOptional(key, Self.expectation(length, form) + ", or null") { Self.text($0, length, form) }
    }

    /// A UUID.
    ///
    /// - Returns: any one when it is absent or wrong.
    public mutating func uuid(_ key: String) -> UUID {
        declare(key, .uuid, isRequired: true)
        return read(key, "must be a UUID such as 0f8fad5b-d9cb-469f-a165-70867728950e") {
            if case .string(let text) = $0 { UUID(uuidString: text) } else { nil }
        } ?? UUID()
    }

    public mutating func boolean(_ key: String) -> Bool {
        declare(key, .boolean, isRequired: true)
        return read(key, "must be true or false", Self.boolean) ?? false
    }

    public mutating func optionalBoolean(_ key: String) -> Bool? {
        declare(key, .nullable(.boolean), isRequired: false)
        return readOptional(key, "must be true, false or null", Self.boolean)
    }

    public mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int {
        declare(key, .integer(range), isRequired: true)
        return read(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)") { Self.integer($0, range) }
            ?? range.lowerBound
    }

    /// A whole number, or `nil` for `null`: what is absent is wrong, unlike with ``optionalText(_:length:form:)``.
    public mutating func nullableInteger(_ key: String, in range: ClosedRange<Int>) -> Int? {
        declare(key, .nullable(.integer(range)), isRequired: true)
        if members[key] == .null { return nil }
        return read(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound), or null") {
            Self.integer($0, range)
        }
    }

    /// An EVE id, as a string of decimal digits.
    public mutating func id(_ key: String) -> Int64 {
        declare(key, GivenID.text, isRequired: true)
        return read(key, "must be an id: a string of decimal digits", Self.id) ?? 0
    }

    /// EVE ids as strings; empty when absent.
    public mutating func ids(_ key: String, atMost limit: Int) -> [Int64] {
        declare(key, .array(GivenID.text, atMost: limit), isRequired: false)
        return readPresent(key, "must be a list of at most \(limit) ids, each a string of decimal digits") { value in
            guard case .array(let items) = value, items.count <= limit else { return nil }
            let ids = items.compactMap(Self.id)
            return ids.count == items.count ? ids : nil
        } ?? []
    }

    /// So many texts, each once.
    public mutating func texts(_ key: String, length: ClosedRange<Int>, count: ClosedRange<Int>) -> [String] {
        let (least, most) = (count.lowerBound, count.upperBound)
        declare(key, .array(Self.schema(length, nil), atLeast: least, atMost: most, isUnique: true), isRequired: true)
        let form =
            "must be a list of \(least) to \(most) texts of \(length.lowerBound) to \(length.upperBound) characters, each once"
        return read(key, form) { value in
            guard case .array(let items) = value, count.contains(items.count) else { return nil }
            let texts = items.compactMap { Self.text($0, length, nil) }
            // By their scalars, as programs compare them: to Swift an accent is the same in both of its spellings.
            let different = Set(texts.map { Array($0.unicodeScalars) })
            return texts.count == items.count && different.count == texts.count ? texts : nil
        } ?? []
    }

    /// A word out of a closed list.
    public mutating func choice<Choice: RawRepresentable & CaseIterable & SendableMetatype>(
        _ key: String, of type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        declare(key, .text(choices: words), isRequired: true)
        return read(key, "must be one of \(words.joined(separator: ", "))", Self.choice)
    }

    public mutating func optionalChoice<Choice: RawRepresentable & CaseIterable & SendableMetatype>(
        _ key: String, of type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        declare(key, .nullable(.text(choices: words)), isRequired: false)
        return readOptional(key, "must be one of \(words.joined(separator: ", ")), or null", Self.choice)
    }

    /// A list of objects; empty when absent.
    public mutating func list<Item: RouteBody>(_ key: String, of type: Item.Type = Item.self, atMost limit: Int) -> [Item] {
        declare(key, .array(Self.schema(of: Item.self), atMost: limit), isRequired: false)
        guard let value = members[key] else { return [] }
        guard case .array(let items) = value, items.count <= limit else {
            fail(key, "must be a list of at most \(limit) objects")
            return []
        }
        return items.enumerated().compactMap { index, item in
            let place = "\(pointer)/\(key)/\(index)"
            guard case .object(let members) = item else {
                errors.append(.init(pointer: place, message: "\(key)[\(index)] must be an object"))
                return nil
            }
            var reader = BodyReader(members: members, pointer: place)
            let read = Item(&reader)
            errors += reader.allErrors
            return read
        }
    }

    /// Settings by name: text, whole numbers and booleans as their text, and `nil` for `null`; `nil` when absent.
    public mutating func settings(_ key: String, atMost limit: Int) -> [String: String?]? {
        let value = JSONSchema.nullable(.either([.text(pattern: TextForm.lines.pattern), .integer(), .boolean]))
        declare(key, .nullable(.dictionary(value, atMost: limit)), isRequired: false)
        return readOptional(key, "must be an object of at most \(limit) settings, each text, a whole number, true, false or null")
        {
            guard case .object(let members) = $0, members.count <= limit else { return nil }
            var settings: [String: String?] = [:]
            for (name, value) in members {
                guard let text = Self.settingText(value) else { return nil }
                settings[name] = .some(text)
            }
            return settings
        }
    }

    /// - Returns: `nil` for what is no setting, `.some(nil)` for `null`.
    private static func settingText(_ value: JSONValue) -> String?? {
        switch value {
        case .string(let text): TextForm.lines.isMet(text) ? .some(text) : nil
        case .integer(let number): .some(String(number))
        case .boolean(let flag): .some(String(flag))
        case .null: .some(nil)
        case .number, .array, .object: nil
        }
    }

    /// Reports an error that concerns the body as a whole or several members.
    public mutating func fail(_ key: String, _ message: String) {
        errors.append(
            .init(pointer: key.isEmpty ? pointer : "\(pointer)/\(key)", message: key.isEmpty ? message : "\(key) \(message)"))
    }

    /// Every error, unknown members included.
    var allErrors: [Problem.Detail] {
        let known = properties.map(\.name)
        let list = known.isEmpty ? "no members are taken here" : "known are \(known.sorted().joined(separator: ", "))"
        return errors
            + members.keys.filter { !known.contains($0) }.sorted().prefix(Problem.mostDetails).map {
                .init(pointer: "\(pointer)/\($0.prefix(100))", message: "\($0.prefix(100)) is not a member here; \(list)")
            }
    }
}

// MARK: - Reading

extension BodyReader {
    private mutating func declare(_ key: String, _ schema: JSONSchema, isRequired: Bool) {
        properties.append(.init(key, schema, isRequired: isRequired))
    }

    private mutating func read<Value>(_ key: String, _ expectation: String, _ parse: (JSONValue) -> Value?) -> Value? {
        guard let value = members[key].flatMap(parse) else {
            fail(key, members[key] == nil ? "is missing; it \(expectation)" : expectation)
            return nil
        }
        return value
    }

    private mutating func readOptional<Value>(_ key: String, _ expectation: String, _ parse: (JSONValue) -> Value?) -> Value? {
        guard let value = members[key], value != .null else { return nil }
        guard let parsed = parse(value) else {
            fail(key, expectation)
            return nil
        }
        return parsed
    }

    /// `null` is nothing here: the route sets the whole, and the schema says a list.
    private mutating func readPresent<Value>(_ key: String, _ expectation: String, _ parse: (JSONValue) -> Value?) -> Value? {
        members[key] == nil ? nil : read(key, expectation, parse)
    }

    private static func schema(_ length: ClosedRange<Int>, _ form: TextForm?) -> JSONSchema {
        .text(length: length, pattern: (form ?? .lines).pattern)
    }

    private static func expectation(_ length: ClosedRange<Int>, _ form: TextForm?) -> String {
        form.map { "must be \($0.expected)" } ?? "must be text of \(length.lowerBound) to \(length.upperBound) characters"
    }

    private static func text(_ value: JSONValue, _ length: ClosedRange<Int>, _ form: TextForm?) -> String? {
        guard case .string(let text) = value, length.contains(text.unicodeScalars.count), (form ?? .lines).isMet(text) else {
            return nil
        }
        return text
    }

    private static func boolean(_ value: JSONValue) -> Bool? { if case .boolean(let flag) = value { flag } else { nil } }

    private static func integer(_ value: JSONValue, _ range: ClosedRange<Int>) -> Int? {
        guard case .integer(let number) = value, let number = Int(exactly: number), range.contains(number) else { return nil }
        return number
    }

    private static func id(_ value: JSONValue) -> Int64? {
        if case .string(let text) = value { GivenID.read(text) } else { nil }
    }

    private static func choice<Choice: RawRepresentable>(_ value: JSONValue) -> Choice? where Choice.RawValue == String {
        if case .string(let word) = value { Choice(rawValue: word) } else { nil }
    }
}

/// What a route takes as its JSON body, declared by reading it; see ``BodyReader``.
public protocol RouteBody: Sendable {
    init(_ body: inout BodyReader)
}

/// For routes that change something without being told more.
public struct NoBody: RouteBody {
    public init(_ body: inout BodyReader) {}
}
