import Foundation
import HTTPTypes
import KernelAPI
import Testing

@testable import KernelRuntime

@Suite struct DispatcherBodyTests {
    private let dispatcher = Dispatcher(
        routes: [
            .post("/words", "Test", policy: .open(because: "a test"), bodyLimit: 100) { (_: NoInput, body: TestWord, _) in
                TestText(body.word)
            },
            .post("/done", "Test", policy: .open(because: "a test")) { (_: NoInput, _: NoBody, _) in NoContent() },
            .test("/words") { _ in TestText("all") },
        ], authenticator: FixedAuthenticator(nil), logger: silent)

    private func post(_ body: String, type: String? = "application/json", to target: String = "/words") async -> Answer {
        var headers: HTTPFields = [:]
        headers[.contentType] = type
        return await dispatcher.answer(.post, target, headers: headers, body: Array(body.utf8))
    }

    private func error(_ answer: Answer) throws -> String? {
        try (JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])?["error"] as? String
    }

    @Test("A JSON body reaches the handler, whatever parameters its type has")
    func reads() async {
        for type in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"] {
            let answer = await post(#"{"word":"höch"}"#, type: type)
            #expect(String(decoding: answer.body, as: UTF8.self) == #"{"text":"höch"}"#)
        }
    }

    @Test("Another type is 415, a longer body 413, a body where none is taken 413")
    func refusals() async throws {
        for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", nil] {
            let answer = await post(#"{"word":"a"}"#, type: type)
            #expect(answer.status == .unsupportedMediaType)
            #expect(try error(answer) == "unsupported_media_type")
        }
        let longest = #"{"word":""# + String(repeating: "a", count: 89) + #""}"#
        #expect(longest.utf8.count == 100)
        #expect(await post(longest).status == .ok)
        let longer = await post(longest + " ")
        #expect(longer.status == .contentTooLarge)
        #expect(try error(longer) == "body_too_large")
        let get = await dispatcher.answer(.get, "/words", headers: [.contentType: "application/json"], body: [123, 125])
        #expect(get.status == .contentTooLarge)
        #expect(try error(get) == "body_not_taken")
    }

    @Test("A declared length beyond the limit is refused without reading")
    func declared() async {
        struct NeverRead: IncomingBody {
            func collect(upTo limit: Int) async throws -> [UInt8] {
                Issue.record("the body was read")
                return []
            }
        }
        let answer = await dispatcher.answer(
            IncomingRequest(
                .post, "/words", headers: [.contentType: "application/json", .contentLength: "101"], client: .unknown,
                body: .incoming(NeverRead())))
        #expect(answer.status == .contentTooLarge)
    }

    @Test("What is no JSON object, or not as declared, is 400 with every error")
    func invalid() async throws {
        for body in ["[1]", "{", "7", #"{"word":"a"} {}"#, "null"] {
            let answer = await post(body)
            #expect(answer.status == .badRequest, "\(body)")
            #expect(try error(answer) == "invalid_request")
        }
        let answer = await post(#"{"wort":"a"}"#, to: "/words?limit=1")
        let problem = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
        let pointers = (problem["errors"] as? [[String: String]])?.map { $0["pointer"] }
        #expect(pointers == ["query/limit", "body/word", "body/wort"])
    }

    @Test("A route that needs no body takes none, an empty object, and nothing else")
    func nothing() async {
        #expect(await post("", type: nil, to: "/done").status == .noContent)
        #expect(await post("{}", to: "/done").status == .noContent)
        #expect(await post(#"{"a":1}"#, to: "/done").status == .badRequest)
    }
}
