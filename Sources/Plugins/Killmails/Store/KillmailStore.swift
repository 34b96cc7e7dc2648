public import EVE
import Foundation
public import KernelAPI
import Logging

/// Writes killmails: identity, detail, the names to be asked for, and the queue of those who wait for them, all in the
/// transaction of the caller.
public struct KillmailStore: Sendable {
    /// What became of a batch.
    public struct Outcome: Sendable, Equatable {
        /// Stored now with all they say.
        public var stored = 0
        /// Known before; nothing was changed.
        public var duplicates = 0
        public var rejected = 0
        /// Only id and hash are known yet.
        public var references = 0
    }

    let database: any Database
    private let stored: any Queue
    private let clock: any WallClock
    private let retentionMonths: Int
    private let securityTypes: SecurityTypes
    private let knownNames = RecentIDs(capacity: 100_000)

    public init(database: any Database, stored: any Queue, clock: any WallClock, retentionMonths: Int) {
        self.database = database
        self.stored = stored
        self.clock = clock
        self.retentionMonths = retentionMonths
        securityTypes = SecurityTypes()
    }

    /// Killmails from before this are refused.
    var oldest: Date {
        Calendar(identifier: .gregorian).date(byAdding: .month, value: -retentionMonths, to: clock.now) ?? .distantPast
    }

    /// Stores killmails on their own, as imports and enrichment do.
    @discardableResult
    public func store(_ killmails: [Killmail], source: String) async throws -> Outcome {
        var batch = StoreBatch(oldest: oldest)
        for (index, killmail) in killmails.enumerated() { batch.add(killmail, sequence: Int64(index)) }
        return try await commit(batch, source: source) { _ in }
    }

    /// Stores a batch in one transaction, together with what the caller has to write `first` (and may refuse there).
    func commit(
        _ batch: StoreBatch, source: String, first: @Sendable (any Transaction) async throws -> Void
    ) async throws -> Outcome {
        try await ensureMonths(of: batch.arrivals)
        let (outcome, names) = try await database.transaction("killmails.store") { transaction in
            try await first(transaction)
            return try await write(batch, source: source, in: transaction)
        }
        knownNames.remember(names)
        return outcome
    }

    /// Before the transaction, because making a partition waits for every writer: those who hold locks already would wait for
    /// each other.
    private func ensureMonths(of arrivals: [StoreBatch.Arrival]) async throws {
        let months = Set(Set(arrivals.map(\.killmail.time.startOfDay)).map(\.startOfMonth))
        _ = try await database.pipeline(months.sorted().map { BoundStatement(Self.ensureMonth, $0) })
    }

    private func write(
        _ batch: StoreBatch, source: String, in transaction: any Transaction
    ) async throws -> (Outcome, names: [Int64]) {
        let fresh = try await insertIdentities(batch.arrivals, in: transaction)
        let known = batch.arrivals.filter { !fresh.contains($0.killmail.id) }
        let conflicts = try await conflicts(known, in: transaction)
        let killmails = batch.arrivals.filter { fresh.contains($0.killmail.id) }.map(\.killmail)
        let names = knownNames.unseen(killmails.flatMap(\.namedIDs))
        try await insertDetails(killmails, names: names, in: transaction)
        let newReferences = try await insertReferences(batch.references, in: transaction)
        try await insertRejects(batch.rejects + conflicts, source: source, in: transaction)
        try await stored.push(killmails.map(\.id.rawValue), in: transaction)
        let outcome = Outcome(
            stored: killmails.count, duplicates: known.count - conflicts.count,
            rejected: batch.rejects.count + conflicts.count, references: batch.references.count)
        let tally = IngestTally(
            stored: outcome.stored, references: newReferences,
            duplicates: outcome.duplicates + batch.repeats + batch.references.count - newReferences,
            rejects: batch.rejects + conflicts)
        try await tally.add(to: source, now: clock.now, in: transaction)
        return (outcome, names)
    }

    /// - Returns: the killmails that had not been stored yet, mere references included.
    private func insertIdentities(_ arrivals: [StoreBatch.Arrival], in transaction: any Transaction) async throws -> Set<
        KillmailID
    > {
        guard !arrivals.isEmpty else { return [] }
        // Ascending, as every writer does it, so that none waits for another that waits for it.
        let arrivals = arrivals.sorted { $0.killmail.id < $1.killmail.id }
        let rows = try await transaction.query(
            Self.insertIdentity, arrivals.map(\.killmail.id.rawValue), arrivals.map(\.killmail.time),
            arrivals.map { $0.killmail.hash.flatMap(SQLBytes.init(hexadecimal:)) })
        return Set(try rows.map { KillmailID(try $0.decode(0)) })
    }

    /// A second mail with the same id and another time is a lie: the first one stays.
    private func conflicts(_ known: [StoreBatch.Arrival], in transaction: any Transaction) async throws -> [StoreBatch.Reject] {
        guard !known.isEmpty else { return [] }
        var times: [Int64: Date] = [:]
        for row in try await transaction.query(Self.selectTimes, known.map(\.killmail.id.rawValue)) {
            times[try row.decode(0)] = try row.decode(1, as: Date.self)
        }
        return known.filter { times[$0.killmail.id.rawValue] != $0.killmail.time }.map {
            .conflictingTime(sequence: $0.sequence, killmailID: $0.killmail.id)
        }
    }

    private func insertDetails(_ killmails: [Killmail], names: [Int64], in transaction: any Transaction) async throws {
        guard !killmails.isEmpty else { return }
        let security = try await securityTypes.current(in: transaction)
        var details = CopyRows("killmails.copy_detail", into: DetailRow.target)
        for killmail in killmails {
            DetailRow.append(killmail, security.securityType(of: killmail.solarSystemID, at: killmail.time), to: &details)
        }
        _ = try await transaction.pipeline([
            BoundStatement(Self.insertNames, names, clock.now),
            BoundStatement(Self.forgetEnrichment, killmails.map(\.id.rawValue)),
        ])
        _ = try await transaction.copy(details)
    }

    /// - Returns: how many were not known before.
    private func insertReferences(
        _ references: [(id: KillmailID, hash: SQLBytes)], in transaction: any Transaction
    ) async throws -> Int {
        guard !references.isEmpty else { return 0 }
        let references = references.sorted { $0.id < $1.id }
        return try await transaction.query(
            Self.insertReference, references.map(\.id.rawValue), references.map(\.hash), clock.now
        ).affectedRows
    }

    private func insertRejects(_ rejects: [StoreBatch.Reject], source: String, in transaction: any Transaction) async throws {
        guard !rejects.isEmpty else { return }
        _ = try await transaction.query(
            Self.insertReject, source, rejects.map(\.sequence), rejects.map(\.killmailID?.rawValue), rejects.map(\.code),
            rejects.map(\.message), clock.now)
    }
}
