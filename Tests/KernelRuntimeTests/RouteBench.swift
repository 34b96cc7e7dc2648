import Foundation
import HTTPTypes
import KernelAPI

@testable import KernelRuntime

/// An answer with one word.
struct TestText: JSONRepresentable {
    let text: String
    init(_ text: String) { self.text = text }

    static let json = JSONForm<TestText>("TestText") { form in form.text("text") { $0.text } }
}

/// A body with one word.
struct TestWord: RouteBody {
    let word: String
    init(_ body: inout BodyReader) { word = body.text("word", length: 1...1_000_000) }
}

/// Says who asks by a name in the Authorization field; unknown names are nobody's.
final class NamedPeople: Authenticator {
    private let people: Record<String>
    private let known: [String: Principal]
    private let failure: Problem?

    /// - Parameter failure: thrown instead of an answer.
    init(_ known: [String: Principal] = [:], asked: Record<String> = Record(), failure: Problem? = nil) {
        self.known = known
        people = asked
        self.failure = failure
    }

    func principal(of head: RequestHead) async throws -> Principal? {
        if let failure { throw failure }
        guard let name = head.headers[.authorization] else { return nil }
        people.add(head.isRecheck ? "again \(name)" : name)
        guard let found = known[name] else { throw Problem(.unauthorized, "session_expired", "Log in again.") }
        return found
    }
}

extension Principal {
    static func test(_ roles: [FeatureKey: Role] = [:], isSuperAdmin: Bool = false) -> Principal {
        Principal(
            accountID: UUID(), displayName: "Test", isSuperAdmin: isSuperAdmin, roles: roles, credential: .session(UUID()))
    }
}

extension Route {
    /// A route of everybody.
    static func test<Output: RouteOutput>(
        _ path: String, cache: CachePolicy = .never, _ body: @escaping @Sendable (Request) async throws -> Output
    ) -> Route {
        .get(path, "Test", policy: .open(because: "a test"), cache: cache) { (_: NoInput, request) in try await body(request) }
    }
}
