public import EVE
public import Foundation
public import KernelAPI

/// References whose killmail could not be had, however often it was asked for; somebody has to decide about them.
public struct DeadLetters: Sendable {
    public struct Letter: Sendable {
        public let killmailID: KillmailID
        /// 40 hexadecimal digits.
        public let hash: String
        public let attempts: Int
        /// What went wrong at last; safe to show.
        public let error: String?
        /// `nil` for those of before this was written down.
        public let failedAt: Date?
    }

    private let database: any Database
    private let audit: any AuditTrail
    private let clock: any WallClock

    public init(host: PluginHost) {
        database = host.database
        audit = host.audit
        clock = host.clock
    }

    /// The highest killmail ids first.
    ///
    /// - Parameter id: of the last one that was seen.
    public func list(before id: KillmailID?, limit: Int) async throws -> [Letter] {
        try await database.query(Self.select, id?.rawValue, limit).map { try Letter($0) }
    }

    /// Lets one be tried again, as if it were new.
    ///
    /// - Returns: what it was; `nil` when there is no dead letter of that id.
    public func requeue(_ id: KillmailID, by actor: AuditActor) async throws -> Letter? {
        try await database.transaction("killmails.requeue") { transaction in
            guard let row = try await transaction.query(Self.lock, id.rawValue).first else { return nil }
            let letter = try Letter(row)
            try await transaction.query(Self.requeue, [id.rawValue], clock.now)
            let old = Self.document { json in
                json.field("attempts", letter.attempts)
                json.field("error", letter.error)
            }
            try await audit.record(
                AuditEntry(.killmailRequeued, target: "killmail:\(id.rawValue)", by: actor, oldValue: old), in: transaction)
            return letter
        }
    }

    /// Lets all of them be tried again.
    ///
    /// - Returns: how many there were.
    public func requeueAll(by actor: AuditActor) async throws -> Int {
        try await database.transaction("killmails.requeue_all") { transaction in
            let count = try await transaction.query(Self.requeueAll, clock.now).affectedRows
            guard count > 0 else { return 0 }
            let new = Self.document { $0.field("requeued", count) }
            try await audit.record(
                AuditEntry(.killmailRequeued, target: "killmails:failed", by: actor, newValue: new), in: transaction)
            return count
        }
    }

    private static func document(_ build: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object(build)
        return writer.bytes
    }

    private static let columns: StaticString = """
        SELECT e.killmail_id, k.hash, e.attempts, e.last_error, e.failed_at
        FROM killmails.enrichment e JOIN killmails.killmail k USING (killmail_id) WHERE e.status = 'failed'
        """
    private static let select = Statement(
        "killmails.list_failed",
        fragments: [columns, "AND ($1::bigint IS NULL OR e.killmail_id < $1) ORDER BY e.killmail_id DESC LIMIT $2"])
    private static let lock = Statement(
        "killmails.lock_failed", fragments: [columns, "AND e.killmail_id = $1 FOR UPDATE OF e"])
    private static let requeue = Statement(
        "killmails.requeue_enrichment",
        """
        UPDATE killmails.enrichment SET status = 'pending', attempts = 0, next_attempt_at = $2, failed_at = NULL
        WHERE killmail_id = ANY ($1) AND status = 'failed'
        """)
    private static let requeueAll = Statement(
        "killmails.requeue_all_enrichment",
        """
        UPDATE killmails.enrichment SET status = 'pending', attempts = 0, next_attempt_at = $1, failed_at = NULL
        WHERE status = 'failed'
        """)
}

extension DeadLetters.Letter {
    fileprivate init(_ row: Row) throws {
        var columns = row.columns
        killmailID = KillmailID(try columns.next(Int64.self))
        hash = try columns.next(SQLBytes.self).hexadecimal
        attempts = try columns.next()
        error = try columns.next()
        failedAt = try columns.next()
    }
}

extension AuditAction {
    /// A reference that was given up is asked for again.
    public static let killmailRequeued: AuditAction = "killmail.requeued"
}
