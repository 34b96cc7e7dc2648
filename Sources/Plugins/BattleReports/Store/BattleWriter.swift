import EVE
import Foundation
import KernelAPI

/// Writes what clustering decided about one system: membership, participants, totals and redirects, in the caller's
/// transaction. Totals are always sums over what is stored.
struct BattleWriter {
    let system: SolarSystemID
    let now: Date
    /// Where the kills of the last write went.
    private(set) var battleOfKill: [KillmailID: UUID] = [:]

    init(system: SolarSystemID, now: Date) {
        self.system = system
        self.now = now
    }

    private typealias Change = (battle: UUID, change: BattleChange<UUID>)

    /// - Parameters:
    ///   - decided: the changes; their order does not matter.
    ///   - newKills: kills that are not stored in this plugin's tables yet; those that no change names wait.
    mutating func write(
        _ decided: [BattleChange<UUID>], newKills: [StoredKill], in transaction: any Transaction
    ) async throws {
        let changes: [Change] = decided.map { ($0.battle ?? UUID(), $0) }
        battleOfKill = [:]
        for (battle, change) in changes { for kill in change.joined { battleOfKill[kill] = battle } }
        try await create(changes.filter { $0.change.battle == nil }, in: transaction)
        for (battle, change) in changes where !change.absorbed.isEmpty {
            try await absorb(change.absorbed, into: battle, reason: "merged", in: transaction)
        }
        let left = changes.filter { !$0.change.left.isEmpty }
        for (battle, change) in left {
            _ = try await transaction.query(Self.leave, battle, change.left.map(\.rawValue))
        }
        try await insert(newKills, in: transaction)
        let new = Dictionary(uniqueKeysWithValues: newKills.map { ($0.killmail.id, $0.killmail) })
        for (battle, change) in changes {
            let moved = change.joined.filter { new[$0] == nil }
            guard !moved.isEmpty else { continue }
            try await absorbDissolved(of: moved, into: battle, in: transaction)
            _ = try await transaction.query(Self.join, battle, moved.map(\.rawValue))
        }
        for (battle, change) in changes { try await derive(battle, change, new, in: transaction) }
    }

    /// Rows for new battles; the real values are derived at the end.
    private func create(_ changes: [Change], in transaction: any Transaction) async throws {
        guard !changes.isEmpty else { return }
        let space = system.securityTypeByRange?.spaceType ?? .kspace
        _ = try await transaction.query(Self.create, changes.map(\.battle), system.rawValue, space.rawValue, now)
    }

    private func absorb(
        _ absorbed: [UUID], into battle: UUID, reason: String, in transaction: any Transaction
    ) async throws {
        _ = try await transaction.pipeline([
            BoundStatement(Self.moveKills, battle, absorbed), BoundStatement(Self.movePresences, battle, absorbed),
            BoundStatement(Self.moveParticipants, battle, absorbed), BoundStatement(Self.moveRedirects, battle, absorbed),
            BoundStatement(Self.deleteBattles, absorbed), BoundStatement(Self.insertRedirects, absorbed, battle, reason, now),
        ])
    }

    /// Kills that come back from a dissolved battle bring its id along.
    private func absorbDissolved(of kills: [KillmailID], into battle: UUID, in transaction: any Transaction) async throws {
        let rows = try await transaction.query(Self.selectDissolved, kills.map(\.rawValue), battle)
        let dissolved: [UUID] = try rows.map { try $0.decode(0) }
        if !dissolved.isEmpty { try await absorb(dissolved, into: battle, reason: "dissolved", in: transaction) }
    }

    private func insert(_ kills: [StoredKill], in transaction: any Transaction) async throws {
        guard !kills.isEmpty else { return }
        let mails = kills.map(\.killmail)
        _ = try await transaction.query(
            Self.insertKills, system.rawValue, mails.map(\.id.rawValue), mails.map { battleOfKill[$0.id] }, mails.map(\.time),
            mails.map(\.victim.affiliation.allianceID?.rawValue),
            mails.map { $0.totalValue.map { SQLDecimal(unscaled: $0.hundredths, scale: 2) } })
    }

    /// Participants and totals of a changed battle.
    private func derive(
        _ battle: UUID, _ change: BattleChange<UUID>, _ new: [KillmailID: Killmail], in transaction: any Transaction
    ) async throws {
        let lostKills = !change.left.isEmpty || !change.splitFrom.isEmpty || change.lost > 0
        var batch: [BoundStatement] = []
        var participants = Participants()
        if lostKills {
            batch.append(BoundStatement(Self.deleteParticipants, battle))
            let members: [Int64] = try await transaction.query(Self.selectMembers, battle).map { try $0.decode(0) }
            try await read(members, into: &participants, in: transaction)
        } else {
            for killmail in change.joined.compactMap({ new[$0] }) { participants.add(killmail) }
            let moved = change.joined.filter { new[$0] == nil }
            try await read(moved.map(\.rawValue), into: &participants, in: transaction)
        }
        let rows = Array(participants.standings)
        batch.append(
            BoundStatement(
                Self.insertParticipants, battle, rows.map(\.key.character.rawValue), rows.map(\.key.ship?.rawValue),
                rows.map(\.value.corporation?.rawValue), rows.map(\.value.alliance?.rawValue), rows.map(\.value.isVictim)))
        batch.append(BoundStatement(Self.deriveTotals, battle, now))
        _ = try await transaction.pipeline(batch)
    }

    /// Killmails in memory at once; a battle may have thousands, with hundreds of attackers each.
    private static let page = 100

    private func read(_ ids: [Int64], into participants: inout Participants, in transaction: any Transaction) async throws {
        for start in stride(from: 0, to: ids.count, by: Self.page) {
            let page = Array(ids[start..<min(start + Self.page, ids.count)])
            for kill in try await StoredKillReader.read(page, in: transaction) { participants.add(kill.killmail) }
        }
    }
}
