import Foundation
import HTTPTypes
import KernelAPI
import Synchronization
import Testing

@testable import KernelRuntime

/// Somebody's browser: keeps cookies and sends them along, and says where its pages are from.
final class Browser: Sendable {
    private let bench: IdentityBench
    private let jar = Mutex<[String: String]>([:])

    init(_ bench: IdentityBench) { self.bench = bench }

    subscript(cookie: String) -> String? {
        get { jar.withLock { $0[cookie] } }
        set { jar.withLock { $0[cookie] = newValue } }
    }

    /// The session's token.
    var session: String? { self[Cookies.session] }

    /// The headers that this browser would send.
    func headers(_ method: HTTPRequest.Method) -> HTTPFields {
        var headers: HTTPFields = [.userAgent: "test browser"]
        let cookies = jar.withLock { $0 }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        if !cookies.isEmpty { headers[.cookie] = cookies }
        if method != .get { headers[.origin] = IdentityBench.origin }
        return headers
    }

    @discardableResult
    func send(_ method: HTTPRequest.Method, _ target: String, _ body: String = "") async -> BenchAnswer {
        let answer = await bench.send(method, target, headers: headers(method), body: body)
        take(answer)
        return answer
    }

    func get(_ target: String) async -> BenchAnswer { await send(.get, target) }

    /// Through the single sign-on and back.
    func logIn(_ character: Int64, wanted: String? = nil) async throws -> BenchAnswer {
        let state = try await beginLogin(wanted: wanted)
        return await get("/auth/callback?code=code-\(character)&state=\(state)")
    }

    /// - Returns: the state that the single sign-on would send back.
    func beginLogin(wanted: String? = nil) async throws -> String {
        let start = await get("/auth/login" + (wanted.map { "?redirect=\($0)" } ?? ""))
        return try #require(start.location.flatMap(Self.state), "\(start.text)")
    }

    static func state(in url: String) -> String? {
        URLComponents(string: url)?.queryItems?.first { $0.name == "state" }?.value
    }

    func take(_ answer: BenchAnswer) {
        for cookie in answer.cookies {
            let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let isGone = cookie.contains("Max-Age=0")
            jar.withLock { $0[String(pair[0])] = isGone ? nil : String(pair[1]) }
        }
    }
}
