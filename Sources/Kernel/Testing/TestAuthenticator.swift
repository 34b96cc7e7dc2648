import Foundation
import HTTPTypes
import KernelAPI
import KernelRuntime
import Synchronization

/// Believes whom a test says a request is from: a name in a header field, and who that is at the moment. Requests without the
/// field are for the real authenticator.
final class TestAuthenticator: Authenticator {
    /// Nobody outside of tests knows this field.
    static let field = HTTPField.Name("X-Test-Principal") ?? .via

    private let known = Mutex<[String: Result<Principal, Problem>]>([:])
    private let real: (any Authenticator)?

    init(_ real: (any Authenticator)? = nil) { self.real = real }

    /// - Returns: what a request of this account carries.
    func name(_ principal: Principal) -> String {
        let name = principal.accountID.uuidString
        known.withLock { $0[name] = .success(principal) }
        return name
    }

    /// - Returns: what a request carries whose account is refused, whatever the route.
    func name(refusedWith problem: Problem) -> String {
        let name = UUID().uuidString
        known.withLock { $0[name] = .failure(problem) }
        return name
    }

    /// Whoever came with this account's requests is nobody any more.
    func forget(_ account: UUID) { known.withLock { $0[account.uuidString] = nil } }

    func principal(of head: RequestHead) async throws -> Principal? {
        guard let name = head.headers[Self.field] else { return try await real?.principal(of: head) }
        guard let principal = known.withLock({ $0[name] }) else { throw Problem.notSignedIn }
        return try principal.get()
    }

    func noteDenial(of principal: Principal?, _ reason: String, at route: String, _ head: RequestHead) async {
        if head.headers[Self.field] == nil { await real?.noteDenial(of: principal, reason, at: route, head) }
    }
}
