import KernelAPI

/// A pilot in a ship, as a battle shows them.
struct ParticipantItem: JSONRepresentable {
    let character: KillmailItem.Named
    let corporation: KillmailItem.Named
    let alliance: KillmailItem.Named
    let ship: KillmailItem.Named
    let isVictim: Bool

    /// Selects the columns that ``init(_:)`` reads; condition and order follow.
    static let select: StaticString = """
        SELECT p.character_id, c.name, p.corp_id, o.name, p.alliance_id, a.name, p.ship_type_id, t.name, p.is_victim
        FROM battle_reports.battle_participants p
        LEFT JOIN contract.entity_name c ON c.id = p.character_id
        LEFT JOIN contract.entity_name o ON o.id = p.corp_id
        LEFT JOIN contract.entity_name a ON a.id = p.alliance_id
        LEFT JOIN contract.item_type t ON t.type_id = p.ship_type_id
        """

    init(_ row: Row) throws {
        var columns = row.columns
        character = try .init(&columns)
        corporation = try .init(&columns)
        alliance = try .init(&columns)
        ship = try .init(&columns)
        isVictim = try columns.next()
    }

    static let json = JSONForm<ParticipantItem>("BattleParticipant") { form in
        form.id("characterId") { $0.character.id }
        form.text("characterName") { $0.character.name }
        form.id("corpId") { $0.corporation.id }
        form.text("corpName") { $0.corporation.name }
        form.id("allianceId") { $0.alliance.id }
        form.text("allianceName") { $0.alliance.name }
        form.id("shipTypeId") { $0.ship.id }
        form.text("shipTypeName") { $0.ship.name }
        form.boolean("isVictim", "This ship was lost") { $0.isVictim }
    }
}
