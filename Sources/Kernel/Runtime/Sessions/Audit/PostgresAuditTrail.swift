import Foundation
import KernelAPI

/// Writes to `kernel.audit_log`, a table that refuses every change of what is in it.
struct PostgresAuditTrail: AuditTrail {
    let clock: any WallClock

    func record(_ entry: AuditEntry, in transaction: any Transaction) async throws {
        try await transaction.query(
            Self.insert, clock.now, entry.actor.accountID, entry.actor.address, entry.actor.userAgent, entry.action.rawValue,
            entry.target, entry.oldValue.map(Self.text), entry.newValue.map(Self.text))
    }

    private static func text(_ document: [UInt8]) -> String { String(decoding: document, as: UTF8.self) }

    private static let insert = Statement(
        "kernel.insert_audit",
        """
        INSERT INTO kernel.audit_log (time, actor, actor_name, ip, user_agent, action, target, old_value, new_value)
        VALUES ($1, $2, (SELECT display_name FROM kernel.account WHERE id = $2), $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb)
        """)
}

extension AuditEntry {
    /// An entry about an account.
    init(
        _ action: AuditAction, account: AccountID, by actor: AuditActor, from old: [UInt8]? = nil, to new: [UInt8]? = nil
    ) {
        self.init(action, target: Self.target(account), by: actor, oldValue: old, newValue: new)
    }

    static func target(_ account: AccountID) -> String { "account:\(account.uuidString.lowercased())" }

    /// A JSON object for the old or the new value.
    static func document(_ build: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object(build)
        return writer.bytes
    }
}
