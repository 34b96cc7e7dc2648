import Foundation
import HTTPTypes
import KernelAPI
import Logging
import Testing

@testable import KernelRuntime

@Suite struct DispatcherTests {
    private struct Secret: Error { let password = "hunter2" }

    private let log = Record<String>()

    private func dispatcher() -> Dispatcher {
        let log = log
        let logger = Logger(label: "test") { _ in JSONLogHandler { log.add(String(decoding: $0, as: UTF8.self)) } }
        func route(_ path: String, _ body: @escaping @Sendable () throws -> TestText) -> Route {
            .get(path, "Test", policy: .open(because: "a test")) { (_: NoInput, _) in try body() }
        }
        return Dispatcher(
            routes: [
                route("/ok") { TestText("fine") },
                route("/missing") { throw Problem.notFound("There is no such battle.") },
                route("/defect") { throw Secret() },
                route("/sql") { throw DatabaseError(.server, "column \"hunter2\" does not exist", sqlState: "42703") },
                route("/away") { throw DatabaseError(.unavailable, "connection refused at hunter2") },
                route("/cancelled") { throw CancellationError() },
                .get("/cached", "Test", policy: .open(because: "a test")) { (_: NoInput, _) in
                    WithHeaders(TestText("kept"), [.cacheControl: "max-age=60"])
                },
            ], authenticator: FixedAuthenticator(nil), logger: logger)
    }

    private func problem(_ answer: Answer) throws -> [String: Any] {
        #expect(answer.headers[.contentType] == "application/problem+json")
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    @Test("Every answer carries a request id, its length, nosniff and a caching rule")
    func headers() async throws {
        for path in ["/ok", "/nothing", "/defect"] {
            let answer = await dispatcher().answer(.get, path)
            #expect(answer.headers[.requestID].flatMap { UUID(uuidString: $0) } != nil)
            #expect(answer.headers[.contentLength] == String(answer.body.count))
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
            #expect(answer.headers[.cacheControl] == "no-store")
        }
        #expect(await dispatcher().answer(.get, "/cached").headers[.cacheControl] == "max-age=60")
    }

    @Test("HEAD is GET without the body, with its length")
    func head() async {
        let answer = await dispatcher().answer(.head, "/ok")
        #expect(answer.status == .ok && answer.body.isEmpty)
        #expect(answer.headers[.contentLength] == "15")
    }

    @Test("A problem has the form of RFC 9457 and lists what is wrong")
    func shape() async throws {
        let answer = await dispatcher().answer(.get, "/ok?limit=5&x=1")
        #expect(answer.status == .badRequest)
        let body = try problem(answer)
        #expect(Set(body.keys) == ["type", "title", "status", "detail", "error", "message", "errors"])
        #expect(body["status"] as? Int == 400 && body["error"] as? String == "invalid_request")
        #expect((body["errors"] as? [[String: String]])?.map { $0["pointer"] } == ["query/limit", "query/x"])
        #expect(body["detail"] as? String == body["message"] as? String)
        #expect(log.all.isEmpty, "a client's mistake is no error of ours")
    }

    @Test("What is not there is 404, and a wrong method is 405 with Allow")
    func notFound() async throws {
        let missing = await dispatcher().answer(.get, "/nothing")
        #expect(missing.status == .notFound)
        #expect(try problem(missing)["error"] as? String == "not_found")
        #expect(await dispatcher().answer(.get, "/missing").status == .notFound)
        let wrong = await dispatcher().answer(.delete, "/ok")
        #expect(wrong.status == .methodNotAllowed && wrong.headers[.allow] == "GET, HEAD")
    }

    @Test("A defect is 500 that tells the client nothing; the log has it under the request's id", arguments: ["/defect", "/sql"])
    func hidden(_ path: String) async throws {
        let answer = await dispatcher().answer(.get, path)
        #expect(answer.status == .internalServerError)
        #expect(try problem(answer)["error"] as? String == "internal_error")
        #expect(!String(decoding: answer.body, as: UTF8.self).contains("hunter2"))
        #expect(log.all.count == 1)
        let id = try #require(answer.headers[.requestID])
        #expect(log.all[0].contains("hunter2") && log.all[0].contains(id))
    }

    @Test("A database that is away is 503 with Retry-After, without its error")
    func away() async throws {
        let answer = await dispatcher().answer(.get, "/away")
        #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] == "5")
        #expect(!String(decoding: answer.body, as: UTF8.self).contains("hunter2"))
    }

    @Test("A cancelled request is no error in the log")
    func cancelled() async {
        #expect(await dispatcher().answer(.get, "/cancelled").status == .serviceUnavailable)
        #expect(log.all.isEmpty)
    }

    @Test("A query that is too long, has too many parameters or is not percent-encoding is refused")
    func queries() async {
        let longest = "/ok?" + String(repeating: "&", count: Dispatcher.longestTarget - 4)
        #expect(await dispatcher().answer(.get, longest).status == .ok)
        #expect(await dispatcher().answer(.get, longest + "&").status == .uriTooLong)
        let pairs = (0...QueryString.maximumPairs).map { "p\($0)=1" }.joined(separator: "&")
        let many = await dispatcher().answer(.get, "/ok?" + pairs)
        #expect(String(decoding: many.body, as: UTF8.self).contains("more than 200 parameters"))
        let broken = await dispatcher().answer(.get, "/ok?a=%zz")
        #expect(String(decoding: broken.body, as: UTF8.self).contains("not valid percent-encoding"))
    }
}
