import EVE

/// The members of one JSON object as far as OAuth uses them: texts, numbers and lists of texts.
struct JSONMembers: Sendable {
    enum Value: Sendable, Hashable {
        case text(String)
        case number(JSONNumber)
        case texts([String])
        case null
        /// Anything else.
        case other
    }

    private var values: [String: Value] = [:]
    /// A name came twice: readers differ in which of the values they take, so none may be believed.
    private(set) var hasRepeatedNames = false

    /// `nil` unless `text` is one JSON object, and nothing else.
    init?(_ text: [UInt8]) {
        let members: JSONMembers? = text.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            guard let members = try? JSONMembers(next: &scanner), (try? scanner.finish()) != nil else { return nil }
            return members
        }
        guard let members else { return nil }
        self = members
    }

    /// Reads an object that comes next.
    init(next scanner: inout JSONScanner) throws(JSONSyntaxError) {
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            let name = key.string
            let value = try Self.value(&scanner)
            if values.updateValue(value, forKey: name) != nil { hasRepeatedNames = true }
        }
    }

    /// `nil` for absent and for null.
    subscript(name: String) -> Value? { values[name] == .null ? nil : values[name] }

    func text(_ name: String) -> String? {
        guard case .text(let text) = values[name] else { return nil }
        return text
    }

    private static func value(_ scanner: inout JSONScanner) throws(JSONSyntaxError) -> Value {
        switch try scanner.nextKind() {
        case .string: return .text(try scanner.string())
        case .number: return .number(try scanner.number())
        case .array: return try list(&scanner)
        case .null:
            try scanner.skipValue()
            return .null
        case .bool, .object:
            try scanner.skipValue()
            return .other
        }
    }

    private static func list(_ scanner: inout JSONScanner) throws(JSONSyntaxError) -> Value {
        var texts: [String]? = []
        try scanner.beginArray()
        while try scanner.nextElement() {
            if try scanner.nextKind() == .string {
                let text = try scanner.string()
                texts?.append(text)
            } else {
                try scanner.skipValue()
                texts = nil
            }
        }
        return texts.map { .texts($0) } ?? .other
    }
}
