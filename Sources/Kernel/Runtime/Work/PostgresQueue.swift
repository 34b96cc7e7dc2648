import KernelAPI

/// ``Queue`` as rows of `kernel.queue_item`. Pushing notifies the channel that ``QueueListener`` hears.
struct PostgresQueue: Queue {
    static let channel = "battlescope_queue"

    let name: QueueName

    func push(_ keys: [Int64], in transaction: any Transaction) async throws {
        guard !keys.isEmpty else { return }
        _ = try await transaction.pipeline([
            BoundStatement(Self.insert, name.rawValue, keys), BoundStatement(Self.notify, Self.channel, name.rawValue),
        ])
    }

    func take(atMost limit: Int, in transaction: any Transaction) async throws -> [Int64] {
        try await transaction.query(Self.take, name.rawValue, limit).map { try $0.decode(0) }
    }

    func count(in session: any SQLSession) async throws -> Int { try await session.query(Self.count, name.rawValue).scalar() }

    private static let insert = Statement(
        "kernel.push_queue", "INSERT INTO kernel.queue_item (queue, key) SELECT $1, unnest($2::bigint[])")
    private static let notify = Statement("kernel.notify_queue", "SELECT pg_notify($1, $2)")
    private static let count = Statement("kernel.count_queue", "SELECT count(*) FROM kernel.queue_item WHERE queue = $1")
    private static let take = Statement(
        "kernel.take_queue",
        """
        DELETE FROM kernel.queue_item
        WHERE queue = $1 AND id = ANY (ARRAY(
            SELECT id FROM kernel.queue_item WHERE queue = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING key
        """)
}
