import Foundation
import KernelAPI

/// Reads `kernel.audit_log`.
struct PostgresAuditLog: AuditLog {
    let database: any Database

    func records(_ filter: AuditFilter, before: Int64?, limit: Int) async throws -> [AuditRecord] {
        try await database.query(
            Self.select, before, filter.actorID, filter.action?.rawValue, filter.target, filter.from, filter.to, limit
        ).map(Self.record)
    }

    /// What an account did, and what was done to it.
    func records(concerning account: AccountID, before: Int64?, limit: Int) async throws -> [AuditRecord] {
        try await database.query(Self.selectConcerning, before, account, AuditEntry.target(account), limit).map(Self.record)
    }

    private static func record(_ row: Row) throws -> AuditRecord {
        var columns = row.columns
        let (number, time): (Int64, Date) = (try columns.next(), try columns.next())
        let (actor, name): (UUID?, String?) = (try columns.next(), try columns.next())
        let (address, userAgent): (String?, String?) = (try columns.next(), try columns.next())
        let (action, target): (String, String) = (try columns.next(), try columns.next())
        let (old, new): (String?, String?) = (try columns.next(), try columns.next())
        return AuditRecord(
            number: number, time: time, actor: AuditActor(accountID: actor, address: address, userAgent: userAgent),
            actorName: name, action: AuditAction(rawValue: action), target: target, oldValue: old.map { Array($0.utf8) },
            newValue: new.map { Array($0.utf8) })
    }

    private static let select = Statement(
        "kernel.select_audit",
        """
        SELECT number, time, actor, actor_name, ip, user_agent, action, target, old_value, new_value FROM kernel.audit_log
        WHERE ($1::bigint IS NULL OR number < $1) AND ($2::uuid IS NULL OR actor = $2) AND ($3::text IS NULL OR action = $3)
          AND ($4::text IS NULL OR target = $4) AND ($5::timestamptz IS NULL OR time >= $5)
          AND ($6::timestamptz IS NULL OR time < $6)
        ORDER BY number DESC LIMIT $7
        """)
    private static let selectConcerning = Statement(
        "kernel.select_audit_concerning",
        """
        SELECT number, time, actor, actor_name, ip, user_agent, action, target, old_value, new_value FROM kernel.audit_log
        WHERE ($1::bigint IS NULL OR number < $1) AND (actor = $2 OR target = $3)
        ORDER BY number DESC LIMIT $4
        """)
}
