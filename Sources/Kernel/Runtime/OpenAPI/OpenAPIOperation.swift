import HTTPTypes
import KernelAPI

/// One route in the OpenAPI document.
struct OpenAPIOperation {
    let mounted: MountedRoute

    private var route: Route { mounted.route }

    /// `getBattlesById`: method and path in one word.
    var id: String {
        let words = route.path.split(separator: "/").flatMap { segment -> [Substring] in
            guard segment.hasPrefix("{") else { return segment.split { !$0.isLetter && !$0.isNumber } }
            return ["by", segment.dropFirst().dropLast()]
        }
        return route.method.rawValue.lowercased() + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    func write(to json: inout JSONWriter, _ schemas: inout SchemaWriter) {
        json.member(named: route.method.rawValue.lowercased()) { json in
            json.object { json in
                json.field("operationId", id)
                json.field("summary", route.summary)
                json.field("description", "For \(route.policy).")
                json.array("tags", [mounted.plugin.rawValue]) { $0.value($1) }
                security(&json)
                let parameters = route.description.parameters()
                if !parameters.isEmpty { json.array("parameters", parameters) { write($1, &$0, &schemas) } }
                if let body = route.description.body { write(body(), &json, &schemas) }
                json.object("responses") { responses(&$0, &schemas) }
            }
        }
    }

    private func security(_ json: inout JSONWriter) {
        let schemes: [String] =
            switch route.policy.rule {
            case .open: []
            case .feature: ["session", "apiKey"]
            default: ["session"]
            }
        json.array("security", schemes) { json, scheme in
            json.object { json in json.member(named: scheme) { $0.array([String]()) { $0.value($1) } } }
        }
    }

    private func write(_ parameter: ParameterDeclaration, _ json: inout JSONWriter, _ schemas: inout SchemaWriter) {
        json.object { json in
            json.field("name", parameter.name)
            json.field("in", parameter.place.rawValue)
            if parameter.place == .path { json.field("required", true) }
            json.member(named: "schema") { schemas.write(parameter.schema, to: &$0) }
        }
    }

    private func write(_ body: JSONSchema, _ json: inout JSONWriter, _ schemas: inout SchemaWriter) {
        var isRequired = false
        if case .object(let properties) = body { isRequired = properties.contains(where: \.isRequired) }
        json.object("requestBody") { json in
            json.field("required", isRequired)
            json.object("content") { json in
                json.object("application/json") { json in
                    json.member(named: "schema") { schemas.write(body, to: &$0, isStrict: true) }
                }
            }
        }
    }

    private func responses(_ json: inout JSONWriter, _ schemas: inout SchemaWriter) {
        let answers = Dictionary(grouping: mounted.answers) { $0.status.code }
        let problems = Set(mounted.problemStatuses)
        for status in Set(answers.keys).union(problems).sorted() {
            let own = answers[status] ?? []
            json.member(named: String(status)) { json in
                if own.isEmpty { return json.object { $0.field("$ref", "#/components/responses/Problem") } }
                json.object { json in
                    json.field("description", own[0].status.reasonPhrase)
                    let problem: [(String, JSONSchema)] =
                        problems.contains(status) ? [("application/problem+json", .named("Problem") { .any })] : []
                    let contents = own.compactMap { answer in answer.contentType.map { ($0, answer.schema ?? .any) } } + problem
                    if contents.isEmpty { return }
                    json.object("content") { json in
                        for (type, schema) in contents {
                            json.member(named: type) { json in
                                json.object { json in json.member(named: "schema") { schemas.write(schema, to: &$0) } }
                            }
                        }
                    }
                }
            }
        }
        json.object("default") { $0.field("$ref", "#/components/responses/Problem") }
    }
}
