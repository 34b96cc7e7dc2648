import KernelAPI

/// Writes schemas, and remembers which named ones were mentioned, so that each is described once.
struct SchemaWriter {
    private var mentioned: [String: @Sendable () -> JSONSchema] = [:]
    private var described: Set<String> = ["Problem"]

    /// - Parameter isStrict: for what is taken: other members than these are refused.
    mutating func write(_ schema: JSONSchema, to json: inout JSONWriter, isStrict: Bool = false) {
        json.object { members(schema, &$0, isStrict: isStrict, isNullable: false) }
    }

    /// Describes what was mentioned, and what these descriptions mention, as members of the object that `json` is in.
    mutating func writeNamed(to json: inout JSONWriter) {
        while let name = mentioned.keys.filter({ !described.contains($0) }).min(), let schema = mentioned[name] {
            described.insert(name)
            json.member(named: name) { write(schema(), to: &$0) }
        }
    }

    private mutating func members(_ schema: JSONSchema, _ json: inout JSONWriter, isStrict: Bool, isNullable: Bool) {
        switch schema {
        case .text(let format, let choices, let length, let pattern):
            type("string", &json, isNullable)
            json.optional("format", format)
            if let choices { json.array("enum", choices + (isNullable ? [nil] : [])) { $0.value($1) } }
            json.optional("minLength", length?.lowerBound)
            json.optional("maxLength", length?.upperBound)
            json.optional("pattern", pattern)
        case .integer(let range):
            type("integer", &json, isNullable)
            json.optional("minimum", range.flatMap { $0.lowerBound == .min ? nil : $0.lowerBound })
            json.optional("maximum", range.flatMap { $0.upperBound == .max ? nil : $0.upperBound })
        case .number: type("number", &json, isNullable)
        case .boolean: type("boolean", &json, isNullable)
        case .array(let item, let least, let most, let isUnique):
            type("array", &json, isNullable)
            json.optional("minItems", least == 0 ? nil : least)
            json.optional("maxItems", most)
            if isUnique { json.field("uniqueItems", true) }
            json.member(named: "items") { write(item, to: &$0, isStrict: isStrict) }
        case .dictionary(let value, let most):
            type("object", &json, isNullable)
            json.field("maxProperties", most)
            json.member(named: "additionalProperties") { write(value, to: &$0, isStrict: isStrict) }
        case .either(let schemas): either(schemas, &json, isStrict, isNullable)
        case .object(let properties): object(properties, &json, isStrict, isNullable)
        case .named(let name, let schema): reference(name, schema, &json, isNullable)
        case .nullable(let inner): members(inner, &json, isStrict: isStrict, isNullable: true)
        case .any: break
        }
    }

    private func type(_ name: String, _ json: inout JSONWriter, _ isNullable: Bool) {
        if isNullable {
            json.array("type", [name, "null"]) { $0.value($1) }
        } else {
            json.field("type", name)
        }
    }

    private mutating func object(
        _ properties: [JSONSchema.Property], _ json: inout JSONWriter, _ isStrict: Bool, _ isNullable: Bool
    ) {
        type("object", &json, isNullable)
        json.object("properties") { json in
            for property in properties {
                json.member(named: property.name) { json in
                    json.object { json in
                        members(property.schema, &json, isStrict: isStrict, isNullable: false)
                        json.optional("description", property.summary)
                    }
                }
            }
        }
        let required = properties.filter(\.isRequired).map(\.name)
        if !required.isEmpty { json.array("required", required) { $0.value($1) } }
        if isStrict { json.field("additionalProperties", false) }
    }

    private mutating func either(_ schemas: [JSONSchema], _ json: inout JSONWriter, _ isStrict: Bool, _ isNullable: Bool) {
        json.array("anyOf", schemas.map(Optional.some) + (isNullable ? [nil] : [])) { json, schema in
            if let schema {
                write(schema, to: &json, isStrict: isStrict)
            } else {
                json.object { $0.field("type", "null") }
            }
        }
    }

    private mutating func reference(
        _ name: String, _ schema: @escaping @Sendable () -> JSONSchema, _ json: inout JSONWriter, _ isNullable: Bool
    ) {
        if mentioned[name] == nil { mentioned[name] = schema }
        guard isNullable else { return json.field("$ref", "#/components/schemas/\(name)") }
        json.array("anyOf", ["#/components/schemas/\(name)", nil]) { json, target in
            json.object { json in
                if let target { json.field("$ref", target) } else { json.field("type", "null") }
            }
        }
    }
}

extension JSONWriter {
    /// A member that is there only when it has a value.
    fileprivate mutating func optional(_ key: StaticString, _ value: String?) { if let value { field(key, value) } }
    fileprivate mutating func optional(_ key: StaticString, _ value: Int?) { if let value { field(key, value) } }
}
