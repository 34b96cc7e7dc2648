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
    private let securityFill = SecurityFill()
    private var limit = ClustererWorker.largestBatch
    /// Killmails set aside since the last batch that succeeded.
    private var setAsideInARow = 0
    /// The solar system that the sweep of ``SecurityFill`` has reached, and the static data that it began with.
    private var sweep: (system: Int64, version: Int64)?
    private var lastSweep: (version: Int64, at: Date)?

    private static let largestBatch = 500
    private static let idlePause = Duration.seconds(5)
    /// More than this in a row are no single bad killmails: then each costs the pause after an error.
    private static let believableBadKillmails = 3
    /// A battle that was being written while an import ended is found by the next sweep.
    private static let sweepInterval: TimeInterval = 3600

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
            if taken > 0 { setAsideInARow = 0 }
            if taken > 0 { return .immediately }
            return try await fillSecurityTypes() ? .immediately : .whenWoken(atMost: Self.idlePause)
        } catch let failure as FailedKillmail {
            try await setAside(failure)
            if setAsideInARow > Self.believableBadKillmails { throw failure.cause }
            return .immediately
        } catch let error as DatabaseError where !error.isTransient && limit > 1 {
            limit /= 2
            logger.warning("clustering failed, looking for the killmail", metadata: ["batch": "\(limit)", "error": "\(error)"])
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
            do {
                return (keys.count, try await Self.cluster(keys, rulesets, clustering, now: now, in: transaction))
            } catch let error as DatabaseError where !error.isTransient && keys.count == 1 {
                throw FailedKillmail(id: keys[0], cause: error)
            }
        }
        guard result.taken > 0 else { return 0 }
        Timer(label: "clustering_duration_seconds").record(duration: ContinuousClock.now - started)
        logger.debug("killmails clustered", metadata: ["taken": "\(result.taken)", "battlesChanged": "\(result.changes)"])
        return result.taken
    }

    /// - Returns: how many battles changed.
    private static func cluster(
        _ keys: [Int64], _ rulesets: RulesetStore, _ clustering: SystemClustering, now: Date, in transaction: any Transaction
    ) async throws -> Int {
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
        try await ClustererTally.add(fresh.map(\.killmail.time), now: now, in: transaction)
        return changes
    }

    // MARK: A killmail that cannot be clustered

    private struct FailedKillmail: Error {
        let id: Int64
        let cause: DatabaseError
    }

    /// Another pod holds the killmail at the moment, and will find out itself.
    private struct HeldElsewhere: Error {}

    /// Takes the one killmail that cannot be clustered out of the queue and remembers it.
    private func setAside(_ failure: FailedKillmail) async throws {
        let (queue, rulesets, now) = (queue, rulesets, clock.now)
        do {
            try await database.transaction("battle_reports.set_aside") { transaction in
                guard try await queue.take(atMost: 1, in: transaction) == [failure.id] else { throw HeldElsewhere() }
                try await rulesets.remember([(KillmailID(failure.id), .clusteringFailed)], now: now, in: transaction)
            }
        } catch is HeldElsewhere {
            return
        }
        setAsideInARow += 1
        logger.error(
            "killmail cannot be clustered and was set aside",
            metadata: ["killmailId": "\(failure.id)", "error": "\(failure.cause)"])
    }

    // MARK: Battles from before the static data

    /// Fills one solar system, when new static data or an hour gives reason to look.
    ///
    /// - Returns: true when there may be more.
    private func fillSecurityTypes() async throws -> Bool {
        let now = clock.now
        let version = try await securityFill.version(in: database)
        if sweep == nil, version == 0 || lastSweep.map({ $0.version == version && now < $0.at + Self.sweepInterval }) ?? false {
            return false
        }
        let current = sweep ?? (0, version)
        sweep = nil
        guard let system = try await securityFill.nextSystem(after: current.system, in: database) else {
            lastSweep = (current.version, now)
            return false
        }
        let (securityFill, clustering) = (securityFill, clustering)
        let filled = try await database.transaction("battle_reports.fill_security") { transaction in
            try await clustering.lock([SolarSystemID(system)], in: transaction)
            return try await securityFill.fill(system, now: now, in: transaction)
        }
        sweep = (system, current.version)
        if filled > 0 {
            logger.info("battles got their kind of space", metadata: ["systemId": "\(system)", "battles": "\(filled)"])
        }
        return true
    }
}
