import EVE
import Foundation
import KernelAPI

/// Reads killmails from the contract views `contract.killmail` and `contract.attacker`.
enum StoredKillReader {
    /// In ascending order of id; ids that are not stored are left out.
    static func read(_ ids: [Int64], in session: any SQLSession) async throws -> [StoredKill] {
        guard !ids.isEmpty else { return [] }
        let results = try await session.pipeline([
            BoundStatement(selectKillmails, ids), BoundStatement(selectAttackers, ids),
        ])
        var attackers: [Int64: [Killmail.Attacker]] = [:]
        for row in results[1] {
            var columns = row.columns
            attackers[try columns.next(), default: []].append(try attacker(&columns))
        }
        return try results[0].map { row in
            var columns = row.columns
            let id: Int64 = try columns.next()
            let (time, system): (Date, Int64) = (try columns.next(), try columns.next())
            let security = try columns.next(String?.self).flatMap { SecurityType(rawValue: $0) }
            let value = try columns.next(SQLDecimal?.self).map { ISK(hundredths: $0.unscaled) }
            let affiliation = try affiliation(&columns)
            let victim = Killmail.Victim(
                affiliation: affiliation, shipTypeID: try columns.next(Int64?.self).map { TypeID($0) },
                damageTaken: try columns.next())
            return StoredKill(
                killmail: Killmail(
                    id: KillmailID(id), time: time, solarSystemID: SolarSystemID(system), victim: victim,
                    attackers: attackers[id] ?? [], totalValue: value),
                securityType: security)
        }
    }

    private static func attacker(_ columns: inout RowReader) throws -> Killmail.Attacker {
        let affiliation = try affiliation(&columns)
        return Killmail.Attacker(
            affiliation: affiliation, shipTypeID: try columns.next(Int64?.self).map { TypeID($0) }, weaponTypeID: nil,
            damageDone: try columns.next(), finalBlow: try columns.next())
    }

    private static func affiliation(_ columns: inout RowReader) throws -> Killmail.Affiliation {
        Killmail.Affiliation(
            characterID: try columns.next(Int64?.self).map { CharacterID($0) },
            corporationID: try columns.next(Int64?.self).map { CorporationID($0) },
            allianceID: try columns.next(Int64?.self).map { AllianceID($0) },
            factionID: try columns.next(Int64?.self).map { FactionID($0) })
    }

    static let selectKillmails = Statement(
        "battle_reports.select_killmails",
        """
        SELECT killmail_id, occurred_at, system_id, security_type, total_value, victim_character_id, victim_corporation_id,
               victim_alliance_id, victim_faction_id, victim_ship_type_id, damage_taken
        FROM contract.killmail WHERE killmail_id = ANY ($1) ORDER BY killmail_id
        """)
    static let selectAttackers = Statement(
        "battle_reports.select_attackers",
        """
        SELECT killmail_id, character_id, corporation_id, alliance_id, faction_id, ship_type_id, damage_done, final_blow
        FROM contract.attacker WHERE killmail_id = ANY ($1) ORDER BY killmail_id, position
        """)
}
