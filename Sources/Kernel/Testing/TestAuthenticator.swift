import Foundation
import HTTPTypes
import KernelAPI
import KernelRuntime
import Synchronization

/// Believes whom a test says a request is from: a name in a header field, and who that is at the moment.
final class TestAuthenticator: Authenticator {
    /// Nobody outside of tests knows this field.
    static let field = HTTPField.Name("X-Test-Principal") ?? .via

    private let known = Mutex<[String: Principal]>([:])

    /// - Returns: what a request of this account carries.
    func name(_ principal: Principal) -> String {
        let name = principal.accountID.uuidString
        known.withLock { $0[name] = principal }
        return name
    }

    /// Whoever came with this account's requests is nobody any more.
    func forget(_ account: UUID) { known.withLock { $0[account.uuidString] = nil } }

    func principal(of head: RequestHead) async throws -> Principal? {
        guard let name = head.headers[Self.field] else { return nil }
        guard let principal = known.withLock({ $0[name] }) else { throw Problem.notSignedIn }
        return principal
    }
}
