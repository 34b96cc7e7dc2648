import Foundation
import KernelAPI

/// The bus's tables: the outbox, the numbered events, the positions of consumers.
struct BusStore: Sendable {
    /// The largest payload, in bytes; the table checks the same.
    static let largestPayload = 65_536
    /// How many events are numbered in one transaction, and read at a time.
    static let batch = 500

    let database: any Database

    // MARK: Publishing

    func publish(_ topic: TopicName, _ payloads: [[UInt8]], at time: Date, in transaction: any Transaction) async throws {
        for payload in payloads where payload.count > Self.largestPayload {
            throw BusError("an event on \(topic) has \(payload.count) bytes, at most \(Self.largestPayload) are carried")
        }
        _ = try await transaction.pipeline(
            payloads.map { BoundStatement(Self.insert, topic.rawValue, SQLBytes($0), time) })
    }

    // MARK: Numbering

    /// Gives the next numbers to what waits in the outbox.
    ///
    /// The head's row is locked first, and what waits is looked at afterwards: nobody can number later rows before earlier
    /// ones, and a number that is visible has none missing below it.
    ///
    /// - Parameter notifies: tell other pods by NOTIFY, in the same transaction.
    /// - Returns: how many were numbered.
    func number(notifies: Bool) async throws -> Int {
        guard try await database.query(Self.isWaiting).scalar() else { return 0 }
        var batch = [BoundStatement(Self.lockHead), BoundStatement(Self.numberBatch, Self.batch)]
        if notifies { batch.append(BoundStatement(Self.notify)) }
        return try await database.pipeline(batch)[1].scalar()
    }

    // MARK: Reading

    struct Bounds: Sendable {
        /// The oldest event that is kept; one more than `last` when none is.
        let first: Int64
        let last: Int64
    }

    func bounds() async throws -> Bounds {
        let row = try await database.query(Self.selectBounds).first
        guard var columns = row?.columns else { throw BusError("the bus has no head") }
        return Bounds(first: try columns.next(), last: try columns.next())
    }

    func events(after number: Int64) async throws -> [BusEvent] {
        try await database.query(Self.selectAfter, number, Self.batch).map { try Self.event($0) }
    }

    /// Events of some topics between two numbers, and the oldest number that is kept: when that is beyond `number + 1`, some
    /// are gone.
    func events(
        of topics: Set<TopicName>, after number: Int64, through last: Int64, limit: Int = batch,
        in session: (any SQLSession)? = nil
    ) async throws -> (events: [BusEvent], first: Int64) {
        let results = try await (session ?? database).pipeline([
            BoundStatement(Self.selectBounds),
            BoundStatement(Self.selectTopics, number, last, topics.map(\.rawValue).sorted(), limit),
        ])
        guard let first: Int64 = try results[0].first?.decode(0) else { throw BusError("the bus has no head") }
        return (try results[1].map { try Self.event($0) }, first)
    }

    private static func event(_ row: Row) throws -> BusEvent {
        var columns = row.columns
        return BusEvent(
            number: try columns.next(), topic: TopicName(rawValue: try columns.next()),
            payload: try columns.next(SQLBytes.self).bytes, time: try columns.next())
    }

    // MARK: Forgetting

    /// Takes away what nobody needs any more, a batch at a time; consumers that still run hold back what they have not seen.
    ///
    /// - Returns: whether there may be more.
    func prune(olderThan time: Date, keeping count: Int, now: Date) async throws -> Bool {
        let pruned: Int = try await database.query(
            Self.prune, time, count, Self.pruneBatch, now.addingTimeInterval(-7 * 86_400)
        ).scalar()
        return pruned == Self.pruneBatch
    }

    private static let pruneBatch = 5_000
}

// MARK: - Statements

extension BusStore {
    static let channel = "battlescope_bus"

    private static let insert = Statement(
        "kernel.publish_event", "INSERT INTO kernel.outbox (topic, payload, published_at) VALUES ($1, $2, $3)")
    private static let isWaiting = Statement("kernel.is_outbox_waiting", "SELECT EXISTS (SELECT FROM kernel.outbox)")
    private static let lockHead = Statement("kernel.lock_bus_head", "SELECT last_number FROM kernel.bus_head FOR UPDATE")
    private static let numberBatch = Statement(
        "kernel.number_events",
        """
        WITH taken AS (
            DELETE FROM kernel.outbox WHERE id = ANY (ARRAY(SELECT id FROM kernel.outbox ORDER BY id LIMIT $1))
            RETURNING id, topic, payload, published_at
        ), ordered AS (
            SELECT row_number() OVER (ORDER BY id) AS place, topic, payload, published_at FROM taken
        ), head AS (
            UPDATE kernel.bus_head SET last_number = last_number + (SELECT count(*) FROM ordered)
            RETURNING last_number - (SELECT count(*) FROM ordered) AS base
        ), numbered AS (
            INSERT INTO kernel.event (number, topic, payload, published_at)
            SELECT head.base + place, topic, payload, published_at FROM ordered, head
            RETURNING number
        )
        SELECT count(*) FROM numbered
        """)
    private static let notify = Statement("kernel.notify_bus", "SELECT pg_notify('battlescope_bus', '')")
    private static let selectBounds = Statement(
        "kernel.select_bus_bounds",
        """
        SELECT coalesce((SELECT number FROM kernel.event ORDER BY number LIMIT 1), last_number + 1), last_number
        FROM kernel.bus_head
        """)
    private static let selectAfter = Statement(
        "kernel.select_events",
        "SELECT number, topic, payload, published_at FROM kernel.event WHERE number > $1 ORDER BY number LIMIT $2")
    private static let selectTopics = Statement(
        "kernel.select_events_of_topics",
        """
        SELECT number, topic, payload, published_at FROM kernel.event
        WHERE number > $1 AND number <= $2 AND topic = ANY ($3::text[]) ORDER BY number LIMIT $4
        """)
    private static let prune = Statement(
        "kernel.prune_events",
        """
        WITH pruned AS (
            DELETE FROM kernel.event WHERE number = ANY (ARRAY(
                -- Only the oldest are looked at: how many are kept costs nothing.
                SELECT number FROM (SELECT number, published_at FROM kernel.event ORDER BY number LIMIT $3) oldest
                WHERE (published_at < $1 OR number <= (SELECT last_number FROM kernel.bus_head) - $2)
                    AND number <= coalesce(
                        (SELECT min(number) FROM kernel.consumer_position WHERE updated_at >= $4), 9223372036854775807)))
            RETURNING 1
        )
        SELECT count(*) FROM pruned
        """)
}

/// The bus was used in a way that cannot be.
struct BusError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
