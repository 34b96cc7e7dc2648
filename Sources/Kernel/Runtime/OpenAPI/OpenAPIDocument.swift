import HTTPTypes
import KernelAPI

/// The API as an OpenAPI 3.1 document, made from the mounted routes: what it says is what they do.
struct OpenAPIDocument {
    let routes: [MountedRoute]
    let version: String

    /// The document as JSON.
    var bytes: [UInt8] {
        var json = JSONWriter()
        var schemas = SchemaWriter()
        json.object { json in
            json.field("openapi", "3.1.0")
            json.object("info") { json in
                json.field("title", "BattleScope")
                json.field("version", version)
                json.field("description", Self.description)
            }
            json.array("servers", ["/", "/api"]) { json, url in json.object { $0.field("url", url) } }
            json.array("tags", tags) { json, tag in json.object { $0.field("name", tag) } }
            json.object("paths") { json in
                for (path, operations) in paths {
                    json.member(named: path) { json in
                        json.object { json in
                            for operation in operations { operation.write(to: &json, &schemas) }
                        }
                    }
                }
            }
            json.object("components") { components(&$0, &schemas) }
        }
        return json.bytes
    }

    private static let description = """
        Fleet battles in EVE Online. Ids and ISK sums are strings, counts and durations (seconds) numbers, times ISO 8601 in \
        UTC. Every path can be asked for with /api in front. Lists are read on with nextCursor, as long as hasMore is true. \
        Errors are problems (RFC 9457); programs match on their member error. How often one may ask is in RateLimit and \
        RateLimit-Policy. A browser's session is a cookie; programs send an API key as Bearer token.
        """

    private var tags: [String] {
        var seen: Set<String> = []
        return routes.map(\.plugin.rawValue).filter { seen.insert($0).inserted }
    }

    /// In the order of the paths, and within one of the methods.
    private var paths: [(path: String, operations: [OpenAPIOperation])] {
        Dictionary(grouping: routes) { $0.route.path }.sorted { $0.key < $1.key }.map { path, routes in
            (path, routes.sorted { $0.route.method.rawValue < $1.route.method.rawValue }.map { OpenAPIOperation(mounted: $0) })
        }
    }

    private func components(_ json: inout JSONWriter, _ schemas: inout SchemaWriter) {
        json.object("securitySchemes") { json in
            json.object("session") { json in
                json.field("type", "apiKey")
                json.field("in", "cookie")
                json.field("name", "battlescope_session")
                json.field("description", "A browser's session, made by logging in at /auth/login")
            }
            json.object("apiKey") { json in
                json.field("type", "http")
                json.field("scheme", "bearer")
                json.field("description", "A program's key, made at /me/api-keys; it opens the features that it was made for")
            }
        }
        json.object("responses") { json in
            json.object("Problem") { json in
                json.field("description", "What went wrong, and what to do")
                json.object("content") { json in
                    json.object("application/problem+json") { json in
                        json.object("schema") { $0.field("$ref", "#/components/schemas/Problem") }
                    }
                }
            }
        }
        json.object("schemas") { json in
            json.member(named: "Problem") { schemas.write(Self.problem, to: &$0) }
            schemas.writeNamed(to: &json)
        }
    }

    private static let problem = JSONSchema.object([
        .init("type", .text()), .init("title", .text()), .init("status", .integer(400...599)), .init("detail", .text()),
        .init("error", .text(), summary: "The stable word that programs match on"),
        .init("message", .text(), summary: "detail once more, for older clients"),
        .init(
            "errors",
            .array(
                .object([
                    .init("pointer", .text(), summary: "Where: query/limit, path/id, body/name"), .init("message", .text()),
                ])), summary: "Everything that is wrong with the request", isRequired: false),
    ])
}
