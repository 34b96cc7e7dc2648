/// The form of a JSON value, as OpenAPI 3.1 describes it.
public indirect enum JSONSchema: Sendable {
    case text(format: String? = nil, choices: [String]? = nil, length: ClosedRange<Int>? = nil)
    case integer(ClosedRange<Int>? = nil)
    /// With a fraction.
    case number
    case boolean
    case array(JSONSchema, atMost: Int? = nil)
    case object([Property])
    /// A form with a name, described once under `components`.
    case named(String, @Sendable () -> JSONSchema)
    case nullable(JSONSchema)
    /// Any JSON value: documents that other parts define, such as a plugin's settings.
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

    /// An EVE id or an ISK sum: a number that JavaScript could not hold, as a string.
    public static let idText = JSONSchema.text(format: "int64")
    public static let time = JSONSchema.text(format: "date-time")
    public static let uuid = JSONSchema.text(format: "uuid")
}
