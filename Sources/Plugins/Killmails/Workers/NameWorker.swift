import EVE
import Foundation
import KernelAPI
import Logging

/// Gives names to the ids that killmails brought, in the background and once: names hardly ever change.
struct NameWorker: Worker {
    let name = "names"
    private let source: any NameSource
    private let database: any Database
    private let clock: any WallClock
    private let logger: Logger

    /// What ESI takes in one call.
    private static let batch = 1000
    private static let idlePause = Duration.seconds(5)
    /// An id that could not be asked for; ESI's outages last minutes.
    private static let retryAfter: TimeInterval = 60

    init(source: any NameSource, host: PluginHost) {
        self.source = source
        database = host.database
        clock = host.clock
        logger = host.logger
    }

    func step() async throws -> NextStep {
        let due: [Int64] = try await database.query(Self.selectDue, clock.now, Self.batch).map { try $0.decode(0) }
        guard !due.isEmpty else { return .whenWoken(atMost: Self.idlePause) }
        let answer = try await source.names(due)
        let named = answer.names.sorted { $0.key < $1.key }
        let later = answer.retryAfter.map { $0 / .seconds(1) } ?? Self.retryAfter
        _ = try await database.pipeline([
            BoundStatement(Self.store, named.map(\.key), named.map(\.value.category.rawValue), named.map(\.value.name)),
            BoundStatement(Self.giveUp, answer.unknown.sorted()),
            BoundStatement(Self.postpone, answer.later.sorted(), clock.now.addingTimeInterval(later)),
        ])
        logger.debug(
            "names resolved",
            metadata: ["named": "\(named.count)", "unknown": "\(answer.unknown.count)", "later": "\(answer.later.count)"])
        return due.count == Self.batch && answer.later.isEmpty ? .immediately : .whenWoken(atMost: Self.idlePause)
    }

    private static let selectDue = Statement(
        "killmails.select_due_names",
        "SELECT id FROM killmails.name WHERE next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $2")
    private static let store = Statement(
        "killmails.store_names",
        """
        UPDATE killmails.name n SET category = known.category, name = known.name, next_attempt_at = NULL
        FROM unnest($1::bigint[], $2::text[], $3::text[]) AS known (id, category, name) WHERE n.id = known.id
        """)
    private static let giveUp = Statement(
        "killmails.give_up_names", "UPDATE killmails.name SET next_attempt_at = NULL WHERE id = ANY ($1)")
    private static let postpone = Statement(
        "killmails.postpone_names",
        "UPDATE killmails.name SET attempts = attempts + 1, next_attempt_at = $2 WHERE id = ANY ($1)")
}
