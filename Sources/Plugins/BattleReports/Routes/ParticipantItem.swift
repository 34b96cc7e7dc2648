import KernelAPI

/// A pilot in a ship, as a battle shows them.
struct ParticipantItem {
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

    func write(to json: inout JSONWriter) {
        json.field("characterId", id: character.id)
        json.field("characterName", character.name)
        json.field("corpId", id: corporation.id)
        json.field("corpName", corporation.name)
        json.field("allianceId", id: alliance.id)
        json.field("allianceName", alliance.name)
        json.field("shipTypeId", id: ship.id)
        json.field("shipTypeName", ship.name)
        json.field("isVictim", isVictim)
    }
}
