import EVE
import Foundation
import KernelAPI

/// A killmail as the feed and battles show it.
struct KillmailItem: JSONRepresentable {
    let id: Int64
    let occurredAt: Date
    let systemID: Int64
    let systemName: String?
    let securityType: SecurityType?
    let totalValue: ISK?
    let attackerCount: Int
    let battleID: UUID?
    let victim: Victim

    struct Victim: JSONRepresentable {
        let character: Named
        let corporation: Named
        let alliance: Named
        let ship: Named

        static let json = JSONForm<Victim>("KillmailVictim") { form in
            form.id("characterId") { $0.character.id }
            form.text("characterName") { $0.character.name }
            form.id("corpId") { $0.corporation.id }
            form.text("corpName") { $0.corporation.name }
            form.id("allianceId") { $0.alliance.id }
            form.text("allianceName") { $0.alliance.name }
            form.id("shipTypeId") { $0.ship.id }
            form.text("shipTypeName") { $0.ship.name }
        }
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

    static let json = JSONForm<KillmailItem>("Killmail") { form in
        form.id("killmailId") { $0.id }
        form.id("systemId") { $0.systemID }
        form.text("systemName") { $0.systemName }
        form.time("timestamp", "When it happened") { $0.occurredAt }
        form.choice("spaceType", "null for instanced space") { $0.spaceType }
        form.choice("securityType", "null until static data says what the system is") { $0.securityType }
        form.object("victim") { $0.victim }
        form.text("iskValue", "ISK; null until it is known") { $0.totalValue?.description }
        form.text("zkbUrl") { ZKillboardLinks.killmail(KillmailID($0.id)) }
        form.uuid("battleId", "null when it belongs to no battle (yet)") { $0.battleID }
        form.integer("participantCount", "Attackers and victim") { $0.attackerCount + 1 }
    }
}
