import EVE
import Foundation
import KernelAPI

/// Reads killmails from the contract view `contract.killmail`.
enum StoredKillReader {
    /// In ascending order of id; ids that are not stored are left out.
    static func read(_ ids: [Int64], in session: any SQLSession) async throws -> [StoredKill] {
        guard !ids.isEmpty else { return [] }
        return try await session.query(selectKillmails, ids).map { row in
            var columns = row.columns
            let id = KillmailID(try columns.next(Int64.self))
            let (time, system): (Date, Int64) = (try columns.next(), try columns.next())
            let security = try columns.next(String?.self).flatMap { SecurityType(rawValue: $0) }
            let value = try columns.next(SQLDecimal?.self).map { ISK(hundredths: $0.unscaled) }
            let affiliation = try affiliation(&columns)
            let victim = Killmail.Victim(
                affiliation: affiliation, shipTypeID: try columns.next(Int64?.self).map { TypeID($0) },
                damageTaken: try columns.next())
            return StoredKill(
                killmail: Killmail(
                    id: id, time: time, solarSystemID: SolarSystemID(system), victim: victim,
                    attackers: try attackers(of: id, columns.next()), totalValue: value),
                securityType: security)
        }
    }

    private static func attackers(of id: KillmailID, _ packed: SQLBytes) throws -> [Killmail.Attacker] {
        do {
            return try PackedAttackers(bytes: packed.bytes).unpacked()
        } catch {
            throw DatabaseError(.decoding, "killmail \(id): \(error)", statement: selectKillmails.name)
        }
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
               victim_alliance_id, victim_faction_id, victim_ship_type_id, damage_taken, attackers
        FROM contract.killmail WHERE killmail_id = ANY ($1) ORDER BY killmail_id
        """)
}
