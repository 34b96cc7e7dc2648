import HTTPTypes
import KernelAPI
import Synchronization

/// `/openapi.json` for programs, `/openapi` for people: the routes that this pod answers now.
struct OpenAPIRoutes {
    private let mounted: MountedRoutes
    private let version: String
    private let cache = OpenAPICache()

    init(mounted: MountedRoutes, version: String) {
        self.mounted = mounted
        self.version = version
    }

    var routes: [Route] {
        [
            .get("/openapi.json", "This API as an OpenAPI 3.1 document", policy: .signedIn, cache: .revalidate) {
                (_: NoInput, _) in Document<JSONText>(made.document)
            },
            .get("/openapi", "This API as a page to read", policy: .signedIn, cache: .revalidate) { (_: NoInput, _) in
                WithHeaders(Document<HTML>(made.page), [.contentSecurityPolicy: OpenAPIPage.securityPolicy])
            },
        ]
    }

    private var made: OpenAPICache.Made { cache.made(of: mounted, version: version) }
}

/// A JSON document that describes itself.
enum JSONText: DocumentKind {
    static let contentType = "application/json"
    static let schema = JSONSchema.any
}

/// Keeps what was made of the table that is mounted now; made again when the table is another.
final class OpenAPICache: Sendable {
    final class Made: Sendable {
        let document: [UInt8]
        let page: [UInt8]

        init(_ routes: [MountedRoute], version: String) {
            document = OpenAPIDocument(routes: routes, version: version).bytes
            page = OpenAPIPage(routes: routes, version: version).bytes
        }
    }

    private let last = Mutex<(generation: Int, made: Made)?>(nil)

    func made(of mounted: MountedRoutes, version: String) -> Made {
        let table = mounted.current
        return last.withLock { last in
            if let last, last.generation == table.generation { return last.made }
            let made = Made(table.routes.filter { !$0.isDisabled }, version: version)
            last = (table.generation, made)
            return made
        }
    }
}
