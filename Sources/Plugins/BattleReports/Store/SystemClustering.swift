import EVE
import Foundation
import KernelAPI

/// Clusters new kills of one solar system against what is stored, in the caller's transaction.
struct SystemClustering: Sendable {
    let rule: LinkRule

    /// Makes this transaction the only one that clusters these systems, until it ends. Always taken in ascending order, so
    /// that two pods cannot wait for each other.
    func lock(_ systems: Set<SolarSystemID>, in transaction: any Transaction) async throws {
        for system in systems.sorted() { _ = try await transaction.query(Self.lock, system.rawValue) }
    }

    /// The kills that have neither been clustered nor rejected before.
    func unknown(_ kills: [StoredKill], in transaction: any Transaction) async throws -> [StoredKill] {
        guard !kills.isEmpty else { return [] }
        let rows = try await transaction.query(Self.selectKnown, kills.map(\.killmail.id.rawValue))
        let known = Set(try rows.map { try $0.decode(0, as: Int64.self) })
        return kills.filter { !known.contains($0.killmail.id.rawValue) }
    }

    /// Puts new kills of one system into battles.
    ///
    /// - Returns: how many battles changed.
    func add(_ kills: [StoredKill], now: Date, in transaction: any Transaction) async throws -> Int {
        guard let system = kills.first?.killmail.solarSystemID else { return 0 }
        var writer = BattleWriter(system: system, now: now)
        switch rule {
        case .bounded(let bounds):
            let outcomes = try await bounded(kills, bounds, system, in: transaction)
            try await writer.write(outcomes.map(\.change), newKills: kills, in: transaction)
            try await PresenceStore(system: system).write(
                outcomes, battles: writer.battleOfKill, in: transaction)
            return outcomes.count
        case .specification(let gapMax, let minKills):
            try await writer.write([], newKills: kills, in: transaction)
            let changes = try await sequential(kills, gapMax: gapMax, minKills: minKills, system, in: transaction)
            try await writer.write(changes, newKills: [], in: transaction)
            return changes.count
        }
    }

    // MARK: The default rule

    private func bounded(
        _ kills: [StoredKill], _ bounds: LinkBounds, _ system: SolarSystemID, in transaction: any Transaction
    ) async throws -> [BoundedClustering<UUID>.Outcome] {
        let clustering = BoundedClustering<UUID>(newKills: kills.map(\.clusterKill), bounds: bounds)
        let request = clustering.request
        let presences = try await PresenceStore(system: system).load(request.presences, bounds: bounds, in: transaction)
        var waiting: [StoredKill] = []
        if let range = request.waiting {
            let rows = try await transaction.query(
                Self.selectWaiting, system.rawValue, Date(second: range.lowerBound), Date(second: range.upperBound))
            waiting = try await StoredKillReader.read(try rows.map { try $0.decode(0) }, in: transaction)
        }
        let state = BoundedClustering<UUID>.State(
            presences: presences, waiting: waiting.map(\.clusterKill),
            outlines: try await outlines(Set(presences.map(\.battle)), in: transaction))
        return clustering.outcome(from: state)
    }

    /// Only where battles can meet: with one there is no question which id survives.
    private func outlines(
        _ battles: Set<UUID>, in transaction: any Transaction
    ) async throws -> [BoundedClustering<UUID>.Outline] {
        guard battles.count > 1 else { return [] }
        return try await transaction.query(Self.selectOutlines, battles.sorted()).map { row in
            var columns = row.columns
            return BoundedClustering<UUID>.Outline(
                battle: try columns.next(), killCount: try columns.next(),
                smallestKillmailID: KillmailID(try columns.next(Int64.self)))
        }
    }

    // MARK: The specification's rule

    private typealias Sequential = SequentialClustering<UUID>

    /// Kills a page; the rule itself has no bound.
    private static let page = 500

    private func sequential(
        _ kills: [StoredKill], gapMax: Int64, minKills: Int, _ system: SolarSystemID, in transaction: any Transaction
    ) async throws -> [BattleChange<UUID>] {
        let clustering = Sequential(newKills: kills.map(\.clusterKill), gapMax: gapMax, minKills: minKills)
        guard let earliest = kills.map(\.clusterKill.position).min() else { return [] }
        var before: [Sequential.PlacedKill] = []
        var start: KillPosition?
        while start == nil {
            let page = try await placed(Self.selectBefore, system, before.last?.kill.position ?? earliest, in: transaction)
            before += page
            start = clustering.start(before: before, reachesBeginning: page.count < Self.page)
        }
        // The page after a position leaves that position out, so step back to just before it.
        var position = start.map { KillPosition(time: $0.time, id: KillmailID($0.id.rawValue - 1)) } ?? earliest
        var region: [Sequential.PlacedKill] = []
        while true {
            let page = try await placed(Self.selectAfter, system, position, in: transaction)
            region += page
            if let last = page.last { position = last.kill.position }
            if case .done(let changes) = clustering.step(region: region, reachesEnd: page.count < Self.page) { return changes }
        }
    }

    private func placed(
        _ statement: Statement, _ system: SolarSystemID, _ position: KillPosition, in transaction: any Transaction
    ) async throws -> [Sequential.PlacedKill] {
        // Before the oldest time that PostgreSQL can tell there is nothing.
        let time = Date(second: max(position.time, -62_000_000_000))
        let rows = try await transaction.query(statement, system.rawValue, time, position.id.rawValue, Self.page)
        var order: [(id: Int64, battle: UUID?)] = []
        for row in rows { order.append((try row.decode(0), try row.decode(1))) }
        let kills = try await StoredKillReader.read(order.map(\.id), in: transaction)
        let byID = Dictionary(uniqueKeysWithValues: kills.map { ($0.killmail.id.rawValue, $0.clusterKill) })
        return order.compactMap { id, battle in byID[id].map { Sequential.PlacedKill(kill: $0, battle: battle) } }
    }

    private static let lock = Statement(
        "battle_reports.lock_system",
        "SELECT 1 FROM (SELECT pg_advisory_xact_lock(1735560803, ($1::bigint % 2147483647)::integer)) locked")
    private static let selectKnown = Statement(
        "battle_reports.select_known",
        """
        SELECT killmail_id FROM battle_reports.battle_killmails WHERE killmail_id = ANY ($1)
        UNION ALL
        SELECT killmail_id FROM battle_reports.rejected_killmail WHERE killmail_id = ANY ($1)
        """)
    private static let selectWaiting = Statement(
        "battle_reports.select_waiting",
        """
        SELECT killmail_id FROM battle_reports.battle_killmails
        WHERE battle_id IS NULL AND system_id = $1 AND "timestamp" BETWEEN $2 AND $3
        """)
    private static let selectOutlines = Statement(
        "battle_reports.select_outlines",
        """
        SELECT battle_id, count(*), min(killmail_id) FROM battle_reports.battle_killmails
        WHERE battle_id = ANY ($1) GROUP BY battle_id
        """)
    private static let selectBefore = Statement(
        "battle_reports.select_kills_before",
        """
        SELECT killmail_id, battle_id FROM battle_reports.battle_killmails
        WHERE system_id = $1 AND ("timestamp", killmail_id) < ($2, $3) ORDER BY "timestamp" DESC, killmail_id DESC LIMIT $4
        """)
    private static let selectAfter = Statement(
        "battle_reports.select_kills_after",
        """
        SELECT killmail_id, battle_id FROM battle_reports.battle_killmails
        WHERE system_id = $1 AND ("timestamp", killmail_id) > ($2, $3) ORDER BY "timestamp", killmail_id LIMIT $4
        """)
}

extension Date {
    /// From the seconds since 1970 that clustering reckons in.
    init(second: Int64) { self.init(timeIntervalSince1970: Double(second)) }

    var second: Int64 { Int64(timeIntervalSince1970.rounded(.down)) }
}
