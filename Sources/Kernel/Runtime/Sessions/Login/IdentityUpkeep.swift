import Foundation
import KernelAPI
import Logging
import Metrics

/// What has to be done about accounts while nobody asks: affiliations within the hour, refresh tokens once a day, and clearing
/// away what is over. Every pod does it; each piece is claimed by one.
struct IdentityUpkeep: Worker {
    let name = "identity"
    let database: any Database
    let clock: any WallClock
    /// `nil`: nobody can be asked where characters belong.
    let affiliations: AffiliationCheck?
    let tokens: CharacterTokens
    let attempts: LoginAttempts

    static let pause = Duration.seconds(60)
    /// A round does no more than so many tokens, each an outside call.
    static let tokensPerRound = 20

    func step() async throws -> NextStep {
        let now = clock.now
        try await attempts.removeExpired()
        try await database.query(Self.deleteSessions, now)
        let active: Int = try await database.query(Self.countSessions, now).scalar()
        Gauge(label: "sessions_active").record(active)
        var hasMore = try await tokens.renewEncryption() > 0
        for _ in 0..<Self.tokensPerRound { if try await !tokens.refreshNext() { break } }
        if let affiliations, try await affiliations.step() { hasMore = true }
        return hasMore ? .immediately : .after(Self.pause)
    }

    private static let deleteSessions = Statement(
        "kernel.delete_sessions",
        """
        DELETE FROM kernel.session
        WHERE id IN (SELECT id FROM kernel.session WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000)
        """)
    private static let countSessions = Statement(
        "kernel.count_sessions", "SELECT count(*) FROM kernel.session WHERE ended_at IS NULL AND expires_at > $1")
}
