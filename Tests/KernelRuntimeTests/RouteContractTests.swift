import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

/// The contracts that every plugin's routes are held to: for the kernel's own routes, and whether they notice what is wrong.
@Suite struct RouteContractTests {
    @Test("The kernel's own routes let in whom their policies let in")
    func kernelRoutes() async throws {
        try await TestKernel.run([]) { kernel in
            let routes = kernel.mountedRoutes
            #expect(routes.count > 20 && routes.allSatisfy { $0.plugin == MountedRoute.kernel })
            for complaint in try await AuthorizationContract.complaints(of: routes, in: kernel) { Issue.record("\(complaint)") }
        }
    }

    @Test("Every rule is judged for every kind of person")
    func rules() async throws {
        let policies: [Policy] =
            [
                .open(because: "a test"), .signedIn, .ownSession, .superadmin, .featureInPath("key", .director),
            ] + Role.allCases.flatMap { [.feature("ships", $0), .anyFeature($0)] }
        let routes = policies.enumerated().flatMap { index, policy in
            [
                Route.get("/a\(index)/{key}", "Test", policy: policy) { (_: KeyInput, _) in NoContent() },
                Route.post("/a\(index)/{key}", "Test", policy: policy) { (_: KeyInput, _: NoBody, _) in NoContent() },
            ]
        }
        #expect(try await AuthorizationContract.complaints(of: routes.map { MountedRoute($0, of: "ships") }) == [])
    }

    @Test("A route that turns people away by itself as if it were its policy is noticed")
    func noticed() async throws {
        let route = Route.get("/ships", "Test", policy: .feature("ships", .user)) { (_: NoInput, request) -> NoContent in
            guard try request.account.has(.admin, on: "ships") else {
                throw Problem(.forbidden, "insufficient_role", "No.")
            }
            return NoContent()
        }
        let found = try await AuthorizationContract.complaints(of: [MountedRoute(route, of: "ships")])
        #expect(found.count == 3, "user, fc and director are turned away")
        #expect(found.first == "GET /ships, for user of ships: user got 403 insufficient_role, expected in.")
    }

    // MARK: Answers

    private struct Liar: JSONRepresentable {
        let bytes: String
        static let json = JSONForm<Liar>("Liar") { form in
            form.id("id") { _ in 1 }
            form.time("at") { _ in .init() }
            form.choice("role") { _ in HealthStatus.ok }
            form.array("parts") { _ in [TestText]() }
        }
        func response() -> Response { Response(headers: [.contentType: "application/json"], body: Array(bytes.utf8)) }
    }

    private func complaints(_ status: Int, _ body: String, type: String? = "application/json") -> [String] {
        let contract = AnswerContract()
        var headers: HTTPFields = [:]
        headers[.contentType] = type
        let route = Route.get("/ships", "Test", policy: .signedIn, problems: [.conflict]) { (_: NoInput, _) in Liar(bytes: body) }
        contract.check(
            TestAnswer(status: status, headers: headers, body: Array(body.utf8)), of: MountedRoute(route, of: "ships"),
            method: .get)
        return contract.complaints
    }

    @Test("An answer that is as declared is good")
    func good() {
        let body = #"{"id":"7","at":"2026-11-25T00:00:00Z","role":"ok","parts":[{"text":"a"}]}"#
        #expect(complaints(200, body) == [])
        #expect(complaints(409, #"{"error":"taken"}"#, type: "application/problem+json") == [])
    }

    @Test(
        "What differs from the schema is noticed",
        arguments: [
            (#"{"at":"2026-11-25T00:00:00Z","role":"ok","parts":[]}"#, "$.id is missing."),
            (#"{"id":7,"at":"2026-11-25T00:00:00Z","role":"ok","parts":[]}"#, "$.id is a number, but the schema says text."),
            (#"{"id":"7","at":"yesterday","role":"ok","parts":[]}"#, "$.at is yesterday, which is no date-time."),
            (#"{"id":"7","at":null,"role":"ok","parts":[]}"#, "$.at is null, but the schema says text."),
            (#"{"id":"7","at":"2026-11-25T00:00:00Z","role":"fine","parts":[]}"#, "$.role is fine, which is none of"),
            (#"{"id":"7","at":"2026-11-25T00:00:00Z","role":"ok","parts":[{}]}"#, "$.parts[0].text is missing."),
            (#"{"id":"7","at":"2026-11-25T00:00:00Z","role":"ok","parts":[],"x":1}"#, "$.x is not in the schema."),
            ("[]", "$ is a list, but the schema says an object."),
        ])
    func differences(_ body: String, _ expected: String) {
        let found = complaints(200, body)
        #expect(found.count == 1 && found.first?.hasPrefix("GET /ships 200: \(expected)") == true, "\(found)")
    }

    @Test("A status or a kind of body that is not declared is noticed")
    func undeclared() {
        #expect(complaints(201, "{}") == ["GET /ships 201: the route does not declare this status."])
        #expect(complaints(502, "{}").count == 1)
        #expect(complaints(409, "{}") == ["GET /ships 409: the answer is no problem (RFC 9457)."])
        #expect(complaints(200, "<p>", type: "text/html").count == 1)
    }
}

private struct KeyInput: RouteInput {
    init(_ parameters: inout ParameterReader) { _ = parameters.pathText("key") }
}
