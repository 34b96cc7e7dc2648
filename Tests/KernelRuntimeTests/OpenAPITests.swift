import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct OpenAPITests {
    private struct Ship: JSONRepresentable {
        static let json = JSONForm<Ship>("Ship") { form in
            form.id("id") { _ in 1 }
            form.text("name", "As painted on it") { _ -> String? in nil }
            form.object("captain") { _ -> Captain? in nil }
            form.choice("kind") { _ -> Kind? in nil }
        }
    }

    private struct Captain: JSONRepresentable {
        static let json = JSONForm<Captain>("Captain") { form in form.texts("titles") { _ in [] } }
    }

    private enum Kind: String, CaseIterable { case frigate, cruiser }

    private struct Filter: RouteInput {
        init(_ parameters: inout ParameterReader) {
            _ = parameters.pathID("id")
            _ = parameters.integer("limit", default: 20, in: 1...100)
            _ = parameters.choices("kind", of: Kind.self)
        }
    }

    private struct NewName: RouteBody {
        init(_ body: inout BodyReader) {
            _ = body.text("name", length: 1...50)
            _ = body.optionalChoice("kind", of: Kind.self)
        }
    }

    private let mounted: [MountedRoute] = [
        MountedRoute(
            .get("/ships/{id}", "Ships", policy: .feature("ships", .user), problems: [.conflict], cache: .revalidate) {
                (_: Filter, _) in Page<Ship>(items: [], nextCursor: nil)
            }, of: "ships"),
        MountedRoute(
            .patch("/ships/{id}", "Rename", policy: .superadmin) { (_: Filter, _: NewName, _) in NoContent() }, of: "ships"),
        MountedRoute(.test("/livez") { _ in Document<PlainText>([]) }, of: MountedRoute.kernel, pace: .unlimited),
        MountedRoute(.test("/events") { _ in EventStream { _ in } }, of: "ships"),
    ]

    private var document: JSON {
        get throws { try JSON(OpenAPIDocument(routes: mounted, version: "1.2").bytes) }
    }

    @Test("A route's parameters, body, answers and security are in the document")
    func operations() throws {
        let paths = try document["paths"]
        #expect(paths.keys == ["/ships/{id}", "/livez", "/events"])
        let get = paths["/ships/{id}"]["get"]
        #expect(get["operationId"].text == "getShipsById" && get["tags"][0].text == "ships")
        #expect(get["parameters"].items.map { $0["name"].text } == ["id", "limit", "kind"])
        #expect(get["parameters"][0]["in"].text == "path" && get["parameters"][0]["required"].isTrue)
        #expect(get["parameters"][1]["schema"]["maximum"].number == 100)
        #expect(get["parameters"][2]["schema"]["items"]["enum"].items.count == 2)
        #expect(get["security"].items.map(\.keys) == [["session"], ["apiKey"]])
        #expect(paths["/ships/{id}"]["patch"]["security"].items.map(\.keys) == [["session"]])
        #expect(paths["/livez"]["get"]["security"].items.isEmpty)
        let body = paths["/ships/{id}"]["patch"]["requestBody"]
        #expect(body["required"].isTrue)
        let schema = body["content"]["application/json"]["schema"]
        #expect(schema["required"].items == [.string("name")] && schema["additionalProperties"] == .bool(false))
        #expect(paths["/events"]["get"]["responses"]["200"]["content"].keys == ["text/event-stream"])
    }

    @Test("Every status that a route can answer with is there")
    func statuses() throws {
        let paths = try document["paths"]
        #expect(
            paths["/ships/{id}"]["get"]["responses"].keys == [
                "200", "304", "400", "401", "403", "404", "409", "429", "500", "503", "default",
            ])
        #expect(
            paths["/ships/{id}"]["patch"]["responses"].keys == [
                "204", "400", "401", "403", "404", "413", "415", "429", "500", "503", "default",
            ])
        #expect(paths["/livez"]["get"]["responses"].keys == ["200", "400", "500", "503", "default"])
    }

    @Test("A named form is described once, with those that it mentions")
    func schemas() throws {
        let document = try document
        let schemas = document["components"]["schemas"]
        #expect(schemas.keys == ["Problem", "ShipPage", "Ship", "Captain"])
        let ship = schemas["Ship"]["properties"]
        #expect(ship["name"]["type"].items == [.string("string"), .string("null")])
        #expect(ship["name"]["description"].text == "As painted on it")
        #expect(ship["captain"]["anyOf"][0]["$ref"].text == "#/components/schemas/Captain")
        #expect(ship["kind"]["enum"].items == [.string("frigate"), .string("cruiser"), .null])
        let answer = document["paths"]["/ships/{id}"]["get"]["responses"]["200"]["content"]["application/json"]
        #expect(answer["schema"]["$ref"].text == "#/components/schemas/ShipPage")
    }

    @Test("Only what is switched on is described, and a new table makes a new document")
    func follows() async throws {
        let routes = MountedRoutes(mounted)
        let description = OpenAPIRoutes(mounted: routes, version: "1")
        let dispatcher = Dispatcher(
            mounted: MountedRoutes(description.routes.map { MountedRoute($0, of: MountedRoute.kernel) }),
            authenticator: FixedAuthenticator(.test()), logger: silent)
        let first = await dispatcher.answer(.get, "/openapi.json")
        #expect(first.headers[.contentType] == "application/json")
        #expect(try JSON(first.body)["paths"].keys.count == 3)
        let tag = try #require(first.headers[.eTag])
        #expect(await dispatcher.answer(.get, "/openapi.json", headers: [.ifNoneMatch: tag]).status == .notModified)
        routes.replace(with: mounted.map { MountedRoute($0.route, of: $0.plugin, isDisabled: $0.plugin == "ships") })
        let second = await dispatcher.answer(.get, "/openapi.json", headers: [.ifNoneMatch: tag])
        #expect(second.status == .ok)
        #expect(try JSON(second.body)["paths"].keys == ["/livez"])
    }

    @Test("The page shows each route without script, and may have its own style only")
    func page() async throws {
        let description = OpenAPIRoutes(mounted: MountedRoutes(mounted), version: "<1>")
        let dispatcher = Dispatcher(
            mounted: MountedRoutes(description.routes.map { MountedRoute($0, of: MountedRoute.kernel) }),
            authenticator: FixedAuthenticator(.test()), logger: silent)
        let answer = await dispatcher.answer(.get, "/openapi")
        let html = String(decoding: answer.body, as: UTF8.self)
        #expect(html.contains("Version &lt;1&gt;") && !html.contains("<script") && html.contains("id=\"getShipsById\""))
        #expect(html.contains("1 to 100") && html.contains("frigate | cruiser") && html.contains("captain"))
        let policy = try #require(answer.headers[.contentSecurityPolicy])
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
    }

    @Test("The API is for accounts: nobody else is told what there is")
    func closed() async {
        let description = OpenAPIRoutes(mounted: MountedRoutes(mounted), version: "1")
        let dispatcher = Dispatcher(
            mounted: MountedRoutes(description.routes.map { MountedRoute($0, of: MountedRoute.kernel) }),
            authenticator: FixedAuthenticator(nil), logger: silent)
        #expect(await dispatcher.answer(.get, "/openapi.json").status == .unauthorized)
        #expect(await dispatcher.answer(.get, "/openapi").status == .unauthorized)
    }
}
