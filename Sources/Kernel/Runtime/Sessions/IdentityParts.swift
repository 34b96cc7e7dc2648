import Foundation
import KernelAPI

/// The parts that routes about one's own account work with.
struct IdentityParts: Sendable {
    let database: any Database
    let clock: any WallClock
    let audit: any AuditTrail
    let changes: AccountChanges
    let sessions: Sessions
    let sessionIdle: Duration
    let apiKeys: APIKeys
    let features: FeatureDirectory
    let flow: LoginFlow
    let accounts: AccountManager
    let ownCharacters: OwnCharacters
    let stream: MeStream
    let cookies: @Sendable () throws -> Cookies
    let imagesURL: String

    /// Where an account is logged in.
    func sessionList(of principal: Principal) async throws -> [OwnSession] {
        try await OwnSession.list(
            of: principal.accountID, current: principal.ownSession?.id, now: clock.now, idle: sessionIdle, in: database)
    }
}
