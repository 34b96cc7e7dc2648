import EVE
import Foundation
import KernelAPI
import Logging
import Metrics

/// Puts stored killmails into battles: one batch of the queue a step, in one transaction.
///
/// The queue's rows go with the transaction that uses them, so a crash repeats the batch and nothing else. A killmail that
/// makes its batch fail is found by halving the batch, and set aside alone.
actor ClustererWorker: Worker {
    nonisolated let name = "clusterer"
    nonisolated let wakesOn = [QueueName(rawValue: StoredKillmails.queue)]

    private let queue: any Queue
    private let database: any Database
    private let clock: any WallClock
    private let logger: Logger
    private let rulesets: RulesetStore
    private let clustering: SystemClustering
    private var limit = ClustererWorker.largestBatch

    private static let largestBatch = 500
    private static let idlePause = Duration.seconds(5)

    init(settings: BattleReportsSettings, host: PluginHost) {
        queue = host.queue(QueueName(rawValue: StoredKillmails.queue))
        database = host.database
        clock = host.clock
        logger = host.logger
        rulesets = RulesetStore(minPilots: settings.minPilots)
        clustering = SystemClustering(rule: settings.linkRule)
    }

    func step() async throws -> NextStep {
        do {
            let taken = try await clusterBatch(limit)
            limit = min(limit * 2, Self.largestBatch)
            return taken > 0 ? .immediately : .whenWoken(atMost: Self.idlePause)
        } catch let error as DatabaseError where !error.isTransient {
            guard limit == 1 else {
                limit /= 2
                throw error
            }
            try await setAside(error)
            return .immediately
        }
    }

    /// - Returns: how many keys were taken from the queue.
    private func clusterBatch(_ limit: Int) async throws -> Int {
        let (queue, rulesets, clustering, now) = (queue, rulesets, clustering, clock.now)
        let started = ContinuousClock.now
        let result = try await database.transaction("battle_reports.cluster") { transaction -> (taken: Int, changes: Int) in
            let keys = Set(try await queue.take(atMost: limit, in: transaction)).sorted()
            guard !keys.isEmpty else { return (0, 0) }
            let kills = try await StoredKillReader.read(keys, in: transaction)
            // From here on nobody else touches these systems; what is known about them is looked up after that.
            try await clustering.lock(Set(kills.map(\.killmail.solarSystemID)), in: transaction)
            let fresh = try await clustering.unknown(kills, in: transaction)
            let ruleset = try await rulesets.active(in: transaction)
            let judged = fresh.map { ($0, ruleset.rejection(of: $0.killmail, securityType: $0.securityType)) }
            try await rulesets.remember(
                judged.compactMap { kill, rejection in rejection.map { (kill.killmail.id, $0) } }, now: now, in: transaction)
            let accepted = judged.filter { $0.1 == nil }.map(\.0)
            var changes = 0
            for (_, kills) in Dictionary(grouping: accepted, by: \.killmail.solarSystemID).sorted(by: { $0.key < $1.key }) {
                changes += try await clustering.add(kills, now: now, in: transaction)
            }
            return (keys.count, changes)
        }
        guard result.taken > 0 else { return 0 }
        Timer(label: "clustering_duration_seconds").record(duration: ContinuousClock.now - started)
        logger.debug("killmails clustered", metadata: ["taken": "\(result.taken)", "battlesChanged": "\(result.changes)"])
        return result.taken
    }

    /// Takes the one killmail that cannot be clustered out of the queue and remembers it.
    private func setAside(_ error: DatabaseError) async throws {
        let (queue, rulesets, now) = (queue, rulesets, clock.now)
        let keys = try await database.transaction("battle_reports.set_aside") { transaction in
            let keys = try await queue.take(atMost: 1, in: transaction)
            try await rulesets.remember(keys.map { (KillmailID($0), .clusteringFailed) }, now: now, in: transaction)
            return keys
        }
        logger.error(
            "killmail cannot be clustered and was set aside",
            metadata: ["killmailId": "\(keys.first ?? 0)", "error": "\(error)"])
    }
}
