import KernelAPI

/// Whether a JSON document has the form that its schema tells.
enum SchemaContract {
    /// - Returns: complete sentences, one a difference; at most a few.
    static func complaints(about value: JSON, schema: JSONSchema, at place: String = "$") -> [String] {
        switch (schema, value) {
        case (.any, _), (.nullable, .null), (.boolean, .bool), (.number, .number): return []
        case (.nullable(let inner), _): return complaints(about: value, schema: inner, at: place)
        case (.named(_, let inner), _): return complaints(about: value, schema: inner(), at: place)
        case (.text(let format, let choices, let length, _), .string(let text)):
            return textComplaints(text, format, choices, length, place)
        case (.integer(let range), .number(let number)):
            guard let whole = Int(exactly: number), range?.contains(whole) ?? true else {
                return ["\(place) is \(number), which is no whole number of the range."]
            }
            return []
        case (.array(let item, let least, let most, _), .list(let items)):
            let isWrong = items.count < least || most.map { items.count > $0 } ?? false
            return (isWrong ? ["\(place) has \(items.count) items."] : [])
                + items.enumerated().flatMap { complaints(about: $1, schema: item, at: "\(place)[\($0)]") }
        case (.object(let properties), .object(let members)):
            let strangers = Set(members.keys).subtracting(properties.map(\.name)).sorted()
            return strangers.map { "\(place).\($0) is not in the schema." }
                + properties.flatMap { property -> [String] in
                    guard let member = members[property.name] else {
                        return property.isRequired ? ["\(place).\(property.name) is missing."] : []
                    }
                    return complaints(about: member, schema: property.schema, at: "\(place).\(property.name)")
                }
        case (.dictionary(let item, _), .object(let members)):
            return members.sorted { $0.key < $1.key }.flatMap { complaints(about: $1, schema: item, at: "\(place).\($0)") }
        case (.either(let schemas), _):
            let all = schemas.map { complaints(about: value, schema: $0, at: place) }
            return all.contains { $0.isEmpty } ? [] : all.flatMap { $0 }
        default: return ["\(place) is \(kind(value)), but the schema says \(kind(schema))."]
        }
    }

    private static func textComplaints(
        _ text: String, _ format: String?, _ choices: [String]?, _ length: ClosedRange<Int>?, _ place: String
    ) -> [String] {
        if let choices, !choices.contains(text) { return ["\(place) is \(text), which is none of \(choices)."] }
        if let length, !length.contains(text.unicodeScalars.count) { return ["\(place) has \(text.count) characters."] }
        let isGood =
            switch format {
            case "int64": Int64(text) != nil
            case "uuid": text.wholeMatch(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil
            case "date-time": text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z/) != nil
            default: true
            }
        return isGood ? [] : ["\(place) is \(text), which is no \(format ?? "")."]
    }

    private static func kind(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "text"
        case .list: "a list"
        case .object: "an object"
        }
    }

    private static func kind(_ schema: JSONSchema) -> String {
        switch schema {
        case .text: "text"
        case .integer, .number: "a number"
        case .boolean: "a boolean"
        case .array: "a list"
        case .object, .dictionary: "an object"
        case .named, .nullable, .either, .any: "something else"
        }
    }
}
