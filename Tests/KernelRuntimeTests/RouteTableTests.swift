import HTTPTypes
import KernelAPI
import Testing

@testable import KernelRuntime

@Suite struct RouteTableTests {
    private func table(_ paths: String...) -> RouteTable { RouteTable(paths.map { MountedRoute(route($0), of: "test") }) }

    private func route(_ path: String) -> Route {
        .get(path, "Test", policy: .open(because: "a test")) { (_: NoInput, _) in NoContent() }
    }

    private func found(_ table: RouteTable, _ path: String, _ method: HTTPRequest.Method = .get) -> (String, [String: String])? {
        if case .found(let mounted, let parameters) = table.match(method, path: path[...]) {
            (mounted.route.path, parameters)
        } else {
            nil
        }
    }

    @Test("A literal wins over a parameter, whatever the order of mounting")
    func literalFirst() {
        for table in [table("/killmails/{id}", "/killmails/recent"), table("/killmails/recent", "/killmails/{id}")] {
            #expect(found(table, "/killmails/recent")?.0 == "/killmails/recent")
            #expect(found(table, "/killmails/7")?.1 == ["id": "7"])
            #expect(found(table, "/killmails/%72ecent")?.0 == "/killmails/recent", "written otherwise, it is the same path")
        }
        for table in [table("/a/{x}/{y}", "/a/{x}/last", "/a/b/{y}"), table("/a/b/{y}", "/a/{x}/last", "/a/{x}/{y}")] {
            #expect(found(table, "/a/c/last")?.0 == "/a/{x}/last")
            #expect(found(table, "/a/b/c")?.0 == "/a/b/{y}")
        }
    }

    @Test("A literal of another method does not hide a parameter")
    func methodsBesideLiterals() {
        let remove = Route.delete("/killmails/{id}", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in NoContent() }
        let table = RouteTable([MountedRoute(route("/killmails/recent"), of: "test"), MountedRoute(remove, of: "test")])
        #expect(found(table, "/killmails/recent", .delete)?.1 == ["id": "recent"])
        #expect(found(table, "/killmails/recent")?.0 == "/killmails/recent")
    }

    @Test("Parameters are percent-decoded; an encoded slash stays within its parameter")
    func decoding() {
        let table = table("/systems/{name}", "/a b")
        #expect(found(table, "/systems/Jita%2FIV%20%C3%B6")?.1 == ["name": "Jita/IV ö"])
        #expect(found(table, "/a%20b")?.0 == "/a b")
        #expect(found(table, "/systems/%zz") == nil)
        #expect(found(table, "/systems/%ff") == nil)
        #expect(found(table, "/systems/..%2f..%2fetc")?.1 == ["name": "../../etc"])
    }

    @Test("A slash at the end makes no difference, a missing or further segment does")
    func slashes() {
        let table = table("/battles/{id}", "/")
        #expect(found(table, "/battles/7/")?.1 == ["id": "7"])
        #expect(found(table, "/battles/") == nil)
        #expect(found(table, "/battles/7/kills") == nil)
        #expect(found(table, "/")?.0 == "/")
        #expect(found(table, "")?.0 == "/")
    }

    @Test("HEAD is answered where GET is; another method is told what is possible")
    func methods() {
        let table = table("/battles")
        #expect(found(table, "/battles", .head)?.0 == "/battles")
        guard case .wrongMethod(let allowed) = table.match(.delete, path: "/battles") else {
            Issue.record("DELETE was not refused as a wrong method")
            return
        }
        #expect(allowed == [.get, .head])
        guard case .notFound = table.match(.delete, path: "/nothing") else {
            Issue.record("a missing path was found")
            return
        }
    }

    @Test("Every mounted route is found by a path made from its template, with its parameters")
    func property() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let templates = Set(
                (0..<8).map { _ in
                    "/"
                        + (0..<Int.random(in: 1...4, using: &generator)).map { index in
                            Bool.random(using: &generator) ? "{p\(index)}" : "abc".randomElement().map { "l\($0)" } ?? ""
                        }.joined(separator: "/")
                })
            let table = RouteTable(templates.map { MountedRoute(route($0), of: "test") })
            for template in templates {
                var expected: [String: String] = [:]
                let path = template.split(separator: "/").map { segment -> String in
                    guard segment.hasPrefix("{") else { return String(segment) }
                    let value = "v\(Int.random(in: 0...9, using: &generator))"
                    expected[String(segment.dropFirst().dropLast())] = value
                    return value
                }
                let match = found(table, "/" + path.joined(separator: "/"))
                // Values look like no literal, so a match has the template's own parameters at least.
                #expect(match != nil, "\(template) in \(templates)")
                for (name, value) in match?.1 ?? [:] where expected[name] != nil { #expect(expected[name] == value) }
            }
        }
    }
}
