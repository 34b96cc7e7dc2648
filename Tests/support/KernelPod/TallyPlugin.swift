import KernelAPI

/// Publishes what stands in `tally.todo`, each number once, and notes in `tally.effect` what comes.
struct TallyPlugin: Plugin {
    static let name: PluginName = "tally"
    let contributions: Contributions

    init(configuration: NoConfiguration, host: PluginHost) {
        contributions = Contributions(
            workers: [Publisher(database: host.database, bus: host.bus)], consumers: [Noter()], topics: [Tally.topic.name])
    }
}

struct Tally: TopicPayload, Codable {
    static let topic = Topic<Tally>("tally.counted")
    let value: Int
}

private struct Publisher: Worker {
    let name = "publisher"
    let database: any Database
    let bus: any Bus

    func step() async throws -> NextStep {
        let count = try await database.transaction("tally.publish") { transaction in
            let values = try await transaction.query(Self.take).map { try $0.decode(0, as: Int.self) }
            try await bus.publish(Tally.topic, values.map { Tally(value: $0) }, in: transaction)
            return values.count
        }
        return count > 0 ? .immediately : .whenWoken(atMost: .milliseconds(20))
    }

    private static let take = Statement(
        "tally.take",
        """
        DELETE FROM tally.todo WHERE value = ANY (ARRAY(
            SELECT value FROM tally.todo ORDER BY value LIMIT 5 FOR UPDATE SKIP LOCKED)) RETURNING value
        """)
}

private struct Noter: EventConsumer {
    let name = "noter"
    let topics: Set<TopicName> = [Tally.topic.name]

    func consume(_ events: [BusEvent], in transaction: any Transaction) async throws {
        _ = try await transaction.pipeline(
            events.map { BoundStatement(Self.note, $0.number, try Tally(encoded: $0.payload).value) })
    }

    private static let note = Statement("tally.note", "INSERT INTO tally.effect (number, value) VALUES ($1, $2)")
}
