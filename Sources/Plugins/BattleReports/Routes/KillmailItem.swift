import EVE
import Foundation
import KernelAPI

/// A killmail as the feed and battles show it.
struct KillmailItem {
    let id: Int64
    let occurredAt: Date
    let systemID: Int64
    let systemName: String?
    let securityType: SecurityType?
    let totalValue: ISK?
    let attackerCount: Int
    let battleID: UUID?
    let victim: Victim

    struct Victim {
        let character: Named
        let corporation: Named
        let alliance: Named
        let ship: Named
    }

    /// An id with its name, either of which may be unknown.
    struct Named {
        let id: Int64?
        let name: String?

        init(_ columns: inout RowReader) throws {
            id = try columns.next()
            name = try columns.next()
        }
    }

    /// Selects the columns that ``init(_:)`` reads, for the rows (killmail_id, battle_id) of `member`.
    static let select: StaticString = """
        SELECT k.killmail_id, k.occurred_at, k.system_id, s.name, k.security_type, k.total_value, k.attacker_count,
               member.battle_id, k.victim_character_id, c.name, k.victim_corporation_id, o.name, k.victim_alliance_id, a.name,
               k.victim_ship_type_id, t.name
        FROM member JOIN contract.killmail k USING (killmail_id)
        LEFT JOIN contract.solar_system s ON s.system_id = k.system_id
        LEFT JOIN contract.entity_name c ON c.id = k.victim_character_id
        LEFT JOIN contract.entity_name o ON o.id = k.victim_corporation_id
        LEFT JOIN contract.entity_name a ON a.id = k.victim_alliance_id
        LEFT JOIN contract.item_type t ON t.type_id = k.victim_ship_type_id
        """

    init(_ row: Row) throws {
        var columns = row.columns
        id = try columns.next()
        occurredAt = try columns.next()
        systemID = try columns.next()
        systemName = try columns.next()
        securityType = try columns.next(String?.self).flatMap { SecurityType(rawValue: $0) }
        totalValue = try columns.next(SQLDecimal?.self).map { ISK(hundredths: $0.unscaled) }
        attackerCount = try columns.next()
        battleID = try columns.next()
        victim = Victim(
            character: try Named(&columns), corporation: try Named(&columns), alliance: try Named(&columns),
            ship: try Named(&columns))
    }

    /// Instanced space has no space type; k-space is what an unknown system is taken for until static data says otherwise.
    private var spaceType: SpaceType? {
        let security = securityType ?? SolarSystemID(systemID).securityTypeByRange
        return security.map { $0.spaceType } ?? .kspace
    }

    func write(to json: inout JSONWriter) {
        json.field("killmailId", id: id)
        json.field("systemId", id: systemID)
        json.field("systemName", systemName)
        json.field("timestamp", occurredAt)
        json.field("spaceType", spaceType?.rawValue)
        json.field("securityType", securityType?.rawValue)
        json.object("victim") { json in
            json.field("characterId", id: victim.character.id)
            json.field("characterName", victim.character.name)
            json.field("corpId", id: victim.corporation.id)
            json.field("corpName", victim.corporation.name)
            json.field("allianceId", id: victim.alliance.id)
            json.field("allianceName", victim.alliance.name)
            json.field("shipTypeId", id: victim.ship.id)
            json.field("shipTypeName", victim.ship.name)
        }
        json.field("iskValue", totalValue?.description)
        json.field("zkbUrl", ZKillboardLinks.killmail(KillmailID(id)))
        json.field("battleId", battleID?.uuidString.lowercased())
        json.field("participantCount", attackerCount + 1)
    }
}
