import Foundation
import HTTPTypes
import KernelAPI
import Logging
import Testing

/// One of every kind, as a route would declare them.
private struct Everything: RouteInput {
    enum Kind: String, CaseIterable { case pod, ship, structure }

    let battle: Int64
    let name: String
    let limit: Int
    let system: Int64?
    let since: Date?
    let search: String?
    let kinds: [Kind]

    init(_ parameters: inout ParameterReader) {
        battle = parameters.pathID("battle")
        name = parameters.pathText("name")
        limit = parameters.integer("limit", default: 25, in: 1...100)
        system = parameters.id("system")
        since = parameters.time("since")
        search = parameters.text("search", maximumLength: 8)
        kinds = parameters.choices("kind")
    }
}

@Suite struct ParameterReaderTests {
    /// Reads as the kernel does: through a route's handler.
    private func read(_ query: [(String, String)], battle: String = "7", name: String = "x") async throws -> Everything {
        let request = Request(
            id: "1", path: "/", pathParameters: ["battle": battle, "name": name],
            query: query.map { (name: $0.0, value: $0.1) }, headers: [:],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (inputs, sink) = AsyncStream.makeStream(of: Everything.self)
        let route = Route.get("/", "Test", policy: .open(because: "a test")) { (input: Everything, _) in
            sink.yield(input)
            sink.finish()
            return NoContent()
        }
        _ = try await route.handler(request)
        for await input in inputs { return input }
        throw CancellationError()
    }

    private func errors(_ query: [(String, String)], battle: String = "7", name: String = "x") async -> [Problem.Detail] {
        let problem = await #expect(throws: Problem.self) { try await read(query, battle: battle, name: name) }
        #expect(problem?.status == .badRequest)
        #expect(problem?.code == "invalid_request")
        return problem?.errors ?? []
    }

    @Test("What is given is read, what is absent has its default")
    func reads() async throws {
        let given = try await read([
            ("limit", "100"), ("system", "30000142"), ("since", "2026-11-23T18:00:00Z"), ("search", "Jita 4-4"),
            ("kind", "ship"), ("kind", "pod"), ("kind", "ship"),
        ])
        #expect(given.battle == 7 && given.name == "x" && given.limit == 100 && given.system == 30_000_142)
        #expect(given.since == Date(timeIntervalSince1970: 1_795_456_800))
        #expect(given.search == "Jita 4-4")
        #expect(given.kinds == [.ship, .pod])
        let absent = try await read([])
        #expect(absent.limit == 25 && absent.system == nil && absent.since == nil && absent.search == nil && absent.kinds == [])
    }

    @Test("Every error comes at once, unknown parameters once each with the known ones")
    func allAtOnce() async {
        let found = await errors(
            [("limit", "0"), ("system", "x"), ("limits", "1"), ("limits", "2"), ("kind", "ship"), ("kind", "blimp")], battle: "-1"
        )
        #expect(found.map(\.pointer) == ["path/battle", "query/limit", "query/system", "query/kind", "query/limits"])
        #expect(found.map(\.message).contains("kind must be one of pod, ship, structure"))
        #expect(found.last?.message == "limits is not a parameter here; known are kind, limit, search, since, system")
    }

    @Test("A route without parameters says so")
    func noParameters() async {
        let route = Route.get("/", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in NoContent() }
        let request = Request(
            id: "1", path: "/", pathParameters: [:], query: [(name: "a", value: "1")], headers: [:],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let problem = await #expect(throws: Problem.self) { _ = try await route.handler(request) }
        #expect(problem?.errors.map(\.message) == ["a is not a parameter here; this route takes none"])
    }

    @Test("A parameter that is not repeatable may be given once")
    func repeated() async {
        let found = await errors([("limit", "5"), ("limit", "5")])
        #expect(found.map(\.message) == ["limit was given 2 times, once is allowed"])
    }

    @Test(
        "An id is a positive whole number in plain digits, fifteen at most",
        arguments: ["", "0", "-1", "+5", "1.5", "0x10", "007", "1000000000000000", "9223372036854775808", "７", "1 "])
    func badIDs(_ text: String) async {
        let inQuery = await errors([("system", text)])
        #expect(inQuery == [.init(pointer: "query/system", message: "system must be a positive whole number")])
        let inPath = await errors([], battle: text)
        #expect(inPath == [.init(pointer: "path/battle", message: "battle must be a positive whole number")])
    }

    @Test("The largest id is read")
    func largestID() async throws {
        #expect(try await read([("system", "999999999999999")]).system == 999_999_999_999_999)
    }

    @Test("A whole number is within its range and has one form", arguments: ["0", "101", "+5", "5.0", "", "ten"])
    func badNumbers(_ text: String) async {
        let found = await errors([("limit", text)])
        #expect(found.map(\.message) == ["limit must be a whole number from 1 to 100"])
    }

    @Test("Text has one to so many characters, none of them a control character")
    func text() async throws {
        #expect(try await read([("search", "12345678")]).search == "12345678")
        #expect(try await read([("search", "ö😀")]).search == "ö😀")
        // One letter with eight accents is nine characters.
        for bad in ["", "123456789", "a\u{0}b", "a\nb", "\u{9b}", "e" + String(repeating: "\u{301}", count: 8)] {
            let found = await errors([("search", bad)])
            #expect(found.map(\.message) == ["search must be 1 to 8 characters long, without control characters"])
        }
    }

    @Test("Text in the path has 1 to 200 characters, none of them a control character")
    func pathText() async throws {
        #expect(try await read([], name: "Jita & Perimeter/4").name == "Jita & Perimeter/4")
        #expect(try await read([], name: String(repeating: "ö", count: 200)).name.count == 200)
        for bad in ["a\u{0}", String(repeating: "ö", count: 201)] {
            let found = await errors([], name: bad)
            #expect(found.map(\.message) == ["name must be 1 to 200 characters long, without control characters"])
            #expect(found.map(\.pointer) == ["path/name"])
        }
    }

    @Test(
        "A time that is not a real one with seconds and zone is refused",
        arguments: ["2026-02-30T00:00:00Z", "yesterday", "2026-11-23", "2026-11-23T18:00:00", "2026-11-23T18:00:00Z "])
    func badTimes(_ text: String) async {
        let found = await errors([("since", text)])
        #expect(found.map(\.message) == ["since must be a time such as 2026-11-23T18:00:00Z"])
    }
}
