import Foundation
import KernelAPI
import Logging
import Metrics
import Synchronization

/// Counts who was not let in, and writes it down: somebody who tries the same door again and again once in ten minutes.
final class DenialLog: Sendable {
    static let interval = 600.0
    /// More doors and people are not kept apart; beyond, some are written down again too early.
    static let most = 10_000

    private struct Door: Hashable {
        let account: AccountID
        let route: String
        let reason: String
    }

    private let database: any Database
    private let clock: any WallClock
    private let audit: any AuditTrail
    private let logger: Logger
    private let written = Mutex<[Door: Date]>([:])

    init(database: any Database, clock: any WallClock, audit: any AuditTrail, logger: Logger) {
        self.database = database
        self.clock = clock
        self.audit = audit
        self.logger = logger
    }

    /// - Parameters:
    ///   - reason: `insufficient_role`, `account_blocked`...
    ///   - route: `GET /battles`
    func note(_ reason: String, account: AccountID?, route: String, address: String?, userAgent: String?) async {
        Counter(label: "authorization_denied_total", dimensions: [("reason", reason)]).increment()
        guard let account, isNew(Door(account: account, route: route, reason: reason)) else { return }
        let actor = AuditActor(accountID: account, address: address, userAgent: userAgent)
        let document = AuditEntry.document { $0.field("reason", reason) }
        do {
            try await database.transaction("kernel.note_denial") { transaction in
                try await audit.record(
                    AuditEntry(.authorizationDenied, target: "route:\(route)", by: actor, newValue: document), in: transaction)
            }
        } catch {
            // They are told no all the same.
            logger.warning("a denial was not written down", metadata: ["error": "\(error)"])
        }
    }

    private func isNew(_ door: Door) -> Bool {
        let now = clock.now
        return written.withLock { written in
            if let last = written[door], now.timeIntervalSince(last) < Self.interval { return false }
            if written.count >= Self.most { written.removeAll() }
            written[door] = now
            return true
        }
    }
}
