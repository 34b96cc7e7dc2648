import Foundation
import KernelAPI
import Logging
import Metrics

/// One consumer's way through the events: a batch and the position after it in one transaction.
struct Consumption: Sendable {
    /// The most events that a consumer is given at once.
    static let batch = 200

    let consumer: any EventConsumer
    /// `plugin.consumer`
    let label: String
    let database: any Database
    let clock: any WallClock
    let logger: Logger

    enum Outcome: Sendable, Equatable {
        /// There may be more.
        case consumed
        case nothing
        /// Another pod is at it.
        case busy
    }

    func step() async throws -> Outcome {
        let store = BusStore(database: database)
        return try await database.transaction("kernel.consume_events") { transaction in
            let rows = try await transaction.query(Self.lock, label)
            guard let position: Int64 = try rows.first?.decode(0) else { return try await begin(in: transaction) }
            let last = try await transaction.query(Self.head).scalar(Int64.self)
            guard last > position else { return .nothing }
            let (events, first) = try await store.events(
                of: consumer.topics, after: position, through: last, limit: Self.batch, in: transaction)
            if first > position + 1 { report(lost: first - position - 1) }
            if !events.isEmpty { try await consumer.consume(events, in: transaction) }
            let reached = events.count == Self.batch ? events.last?.number ?? last : last
            try await transaction.query(Self.move, label, reached, clock.now)
            return events.isEmpty ? .nothing : .consumed
        }
    }

    /// It did not run anywhere for longer than events wait for anybody.
    private func report(lost count: Int64) {
        Counter(label: "bus_consumer_lost_total", dimensions: [("consumer", label)]).increment(by: count)
        logger.error(
            "consumer was away for too long: events it has not seen are no longer kept",
            metadata: ["consumer": "\(label)", "events": "\(count)"])
    }

    /// A consumer that is new begins with what comes after it was first seen; one that is taken is another pod's.
    private func begin(in transaction: any Transaction) async throws -> Outcome {
        try await transaction.query(Self.insert, label, clock.now).affectedRows == 1 ? .consumed : .busy
    }

    private static let lock = Statement(
        "kernel.lock_consumer", "SELECT number FROM kernel.consumer_position WHERE consumer = $1 FOR UPDATE SKIP LOCKED")
    private static let head = Statement("kernel.select_bus_head", "SELECT last_number FROM kernel.bus_head")
    private static let move = Statement(
        "kernel.move_consumer", "UPDATE kernel.consumer_position SET number = $2, updated_at = $3 WHERE consumer = $1")
    private static let insert = Statement(
        "kernel.insert_consumer",
        """
        INSERT INTO kernel.consumer_position (consumer, number, updated_at)
        SELECT $1, last_number, $2 FROM kernel.bus_head
        ON CONFLICT DO NOTHING
        """)
}
