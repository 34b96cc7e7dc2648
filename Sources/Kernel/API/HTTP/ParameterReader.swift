public import struct Foundation.Date
public import struct Foundation.UUID

/// Reads a request's path and query parameters strictly, collecting every error.
///
/// The readers return a harmless value when a parameter is wrong: nobody sees it, because ``allErrors`` are thrown together.
public struct ParameterReader {
    /// The names of features, jobs and the like are shorter.
    private static let longestName = 200

    private let path: [String: String]
    private let query: [(name: String, value: String)]
    private var known: Set<String> = []
    private var errors: [Problem.Detail] = []
    /// Kept only when somebody wants to know what a route takes, never while answering.
    private var declarations: [ParameterDeclaration]?

    init(path: [String: String], query: [(name: String, value: String)]) {
        self.path = path
        self.query = query
    }

    /// What `Input` takes, found out by letting it read nothing.
    static func declarations<Input: RouteInput>(of type: Input.Type) -> [ParameterDeclaration] {
        var reader = ParameterReader(path: [:], query: [])
        reader.declarations = []
        _ = Input(&reader)
        return reader.declarations ?? []
    }

    private mutating func declare(
        _ name: String, in place: ParameterDeclaration.Place = .query, _ schema: @autoclosure () -> JSONSchema
    ) {
        declarations?.append(.init(name: name, place: place, schema: schema()))
    }

    /// A positive whole number in the path; a path that holds something else does not exist, so this is a 404 in effect,
    /// reported as 400 with the expected form.
    public mutating func pathID(_ name: String) -> Int64 {
        declare(name, in: .path, GivenID.number)
        guard let value = path[name].flatMap(GivenID.read) else {
            fail("path/\(name)", "\(name) must be a positive whole number")
            return 0
        }
        return value
    }

    /// Text in the path, as it is: 1 to 200 characters, without control characters (PostgreSQL takes no NUL).
    public mutating func pathText(_ name: String) -> String {
        let length = 1...Self.longestName
        declare(name, in: .path, .text(length: length, pattern: TextForm.line.pattern))
        guard let text = path[name], length.contains(text.unicodeScalars.count), TextForm.line.isMet(text) else {
            fail("path/\(name)", "\(name) must be 1 to \(Self.longestName) characters long, without control characters")
            return ""
        }
        return text
    }

    /// A UUID in the path.
    public mutating func pathUUID(_ name: String) -> UUID {
        declare(name, in: .path, .uuid)
        guard let id = path[name].flatMap({ UUID(uuidString: $0) }) else {
            fail("path/\(name)", "\(name) must be a UUID such as 0f8fad5b-d9cb-469f-a165-70867728950e")
            return UUID()
        }
        return id
    }

    /// A whole number within a range.
    public mutating func integer(_ name: String, default standard: Int, in range: ClosedRange<Int>) -> Int {
        declare(name, .integer(range))
        return single(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)") {
            Self.isSigned($0) ? nil : Int($0).flatMap { range.contains($0) ? $0 : nil }
        } ?? standard
    }

    /// An EVE id: a positive whole number, written in decimal digits.
    public mutating func id(_ name: String) -> Int64? {
        declare(name, GivenID.number)
        return single(name, "must be a positive whole number", parse: GivenID.read)
    }

    /// A UUID.
    public mutating func uuid(_ name: String) -> UUID? {
        declare(name, .uuid)
        return single(name, "must be a UUID such as 0f8fad5b-d9cb-469f-a165-70867728950e") { UUID(uuidString: $0) }
    }

    /// A repeatable EVE id; at most `limit` different ones.
    public mutating func ids(_ name: String, atMost limit: Int) -> [Int64] {
        declare(name, .array(GivenID.number, atMost: limit))
        known.insert(name)
        var chosen: [Int64] = []
        for (_, value) in query.filter({ $0.name == name }) {
            guard let id = GivenID.read(value) else {
                fail("query/\(name)", "\(name) must be a positive whole number")
                continue
            }
            if !chosen.contains(id) { chosen.append(id) }
        }
        if chosen.count > limit { fail("query/\(name)", "\(name) can be given at most \(limit) times") }
        return chosen
    }

    /// `true` or `false`, nothing else.
    public mutating func boolean(_ name: String) -> Bool? {
        declare(name, .boolean)
        return single(name, "must be true or false") { Bool($0) }
    }

    /// A word out of a closed list.
    public mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        declare(name, .text(choices: words))
        return single(name, "must be one of \(words.joined(separator: ", "))") { Choice(rawValue: $0) }
    }

    /// A point in time, ISO 8601 with seconds and zone: `2026-11-23T18:00:00Z`; see ``Foundation/Date/init(iso8601:)``.
    public mutating func time(_ name: String) -> Date? {
        declare(name, .time)
        return single(name, "must be a time such as 2026-11-23T18:00:00Z") { Date(iso8601: $0) }
    }

    /// Text without control characters; its length is that of its Unicode scalars, since one letter can carry any number of
    /// accents.
    public mutating func text(_ name: String, maximumLength: Int) -> String? {
        text(
            name, maximumLength: maximumLength, .line, "must be 1 to \(maximumLength) characters long, without control characters"
        )
    }

    /// Text of a certain form.
    public mutating func text(_ name: String, maximumLength: Int, form: TextForm) -> String? {
        text(name, maximumLength: maximumLength, form, "must be \(form.expected)")
    }

    private mutating func text(_ name: String, maximumLength: Int, _ form: TextForm, _ expectation: String) -> String? {
        declare(name, .text(length: 1...maximumLength, pattern: form.pattern))
        return single(name, expectation) {
            (1...maximumLength).contains($0.unicodeScalars.count) && form.isMet($0) ? $0 : nil
        }
    }

    /// A repeatable parameter with a closed list of words; empty when absent.
    public mutating func choices<Choice: RawRepresentable & CaseIterable & Hashable>(
        _ name: String, of type: Choice.Type = Choice.self
    ) -> [Choice] where Choice.RawValue == String {
        declare(name, .array(.text(choices: Choice.allCases.map(\.rawValue))))
        known.insert(name)
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        var chosen: [Choice] = []
        for (_, value) in query.filter({ $0.name == name }) {
            guard let choice = Choice(rawValue: value) else {
                fail("query/\(name)", "\(name) must be one of \(words)")
                continue
            }
            if !chosen.contains(choice) { chosen.append(choice) }
        }
        return chosen
    }

    /// Reports an error that concerns several parameters.
    public mutating func fail(_ pointer: String, _ message: String) {
        errors.append(Problem.Detail(pointer: pointer, message: message))
    }

    /// Every error, parameters that nobody asked for included.
    var allErrors: [Problem.Detail] {
        var all = errors
        var reported: Set<String> = []
        for (name, _) in query where !known.contains(name) && reported.insert(name).inserted {
            let list = known.isEmpty ? "this route takes none" : "known are " + known.sorted().joined(separator: ", ")
            all.append(.init(pointer: "query/\(name)", message: "\(name) is not a parameter here; \(list)"))
        }
        return all
    }

    /// Swift's numbers may be written `+5`; a list's address should have one form.
    private static func isSigned(_ text: String) -> Bool { text.hasPrefix("+") }

    private mutating func single<Value>(_ name: String, _ expectation: String, parse: (String) -> Value?) -> Value? {
        known.insert(name)
        let given = query.filter { $0.name == name }
        guard let first = given.first else { return nil }
        guard given.count == 1 else {
            fail("query/\(name)", "\(name) was given \(given.count) times, once is allowed")
            return nil
        }
        guard let value = parse(first.value) else {
            fail("query/\(name)", "\(name) \(expectation)")
            return nil
        }
        return value
    }
}
