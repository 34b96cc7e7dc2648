/// The form of a JSON value, as OpenAPI 3.1 describes it.
public indirect enum JSONSchema: Sendable {
    /// - pattern: a regular expression (ECMA-262) for the whole text.
    case text(format: String? = nil, choices: [String]? = nil, length: ClosedRange<Int>? = nil, pattern: String? = nil)
    case integer(ClosedRange<Int>? = nil)
    /// With a fraction.
    case number
    case boolean
    case array(JSONSchema, atLeast: Int = 0, atMost: Int? = nil, isUnique: Bool = false)
    case object([Property])
    /// An object whose members' names nobody can list beforehand.
    case dictionary(JSONSchema, atMost: Int)
    /// A form with a name, described once under `components`.
    case named(String, @Sendable () -> JSONSchema)
    case nullable(JSONSchema)
    case either([JSONSchema])
    /// Any JSON value: documents that other parts define, such as an entry of the audit log.
    case any

    /// A member of an object.
    public struct Property: Sendable {
        public let name: String
        public let summary: String?
        public let schema: JSONSchema
        public let isRequired: Bool

        public init(_ name: String, _ schema: JSONSchema, summary: String? = nil, isRequired: Bool = true) {
            self.name = name
            self.summary = summary
            self.schema = schema
            self.isRequired = isRequired
        }
    }

    /// An EVE id or an ISK sum that is answered: a number that JavaScript could not hold, as a string.
    public static let idText = JSONSchema.text(format: "int64")
    public static let time = JSONSchema.text(format: "date-time")
    public static let uuid = JSONSchema.text(format: "uuid")
}

/// EVE ids as they are taken.
enum GivenID {
    /// Fifteen digits: a thousand times what EVE has used in twenty years, and exact in every language's numbers.
    static let largest = 999_999_999_999_999

    static let number = JSONSchema.integer(1...largest)
    static let text = JSONSchema.text(format: "int64", pattern: "^[1-9][0-9]{0,14}$")

    /// - Returns: `nil` for anything but what ``text`` describes.
    static func read(_ text: String) -> Int64? {
        guard (1...15).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }), !text.hasPrefix("0") else {
            return nil
        }
        return Int64(text)
    }
}
