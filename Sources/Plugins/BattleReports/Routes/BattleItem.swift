import EVE
import Foundation
import KernelAPI

/// A battle as lists show it.
struct BattleItem {
    let id: UUID
    let systemID: Int64
    let systemName: String?
    let regionID: Int64?
    let regionName: String?
    let spaceType: String
    let securityType: String?
    let startTime: Date
    let endTime: Date
    let totalKills: Int
    let totalParticipants: Int
    let totalIskDestroyed: ISK

    /// Selects the columns that ``init(_:)`` reads; conditions and order follow.
    static let select: StaticString = """
        SELECT b.id, b.system_id, s.name, s.region_id, s.region_name, b.space_type::text, b.security_type, b.start_time,
               b.end_time, b.total_kills, b.total_participants, b.total_isk_destroyed
        FROM battle_reports.battle b LEFT JOIN contract.solar_system s USING (system_id)
        WHERE b.total_kills > 0
        """

    init(_ row: Row) throws {
        var columns = row.columns
        id = try columns.next()
        systemID = try columns.next()
        systemName = try columns.next()
        regionID = try columns.next()
        regionName = try columns.next()
        spaceType = try columns.next()
        securityType = try columns.next()
        startTime = try columns.next()
        endTime = try columns.next()
        totalKills = try columns.next()
        totalParticipants = try columns.next()
        totalIskDestroyed = ISK(hundredths: try columns.next(SQLDecimal.self).unscaled)
    }

    var position: BattlePosition { BattlePosition(startTime: startTime, id: id) }

    func write(to json: inout JSONWriter, alliances: [MainAlliance]) {
        json.field("id", id.uuidString.lowercased())
        json.field("systemId", id: systemID)
        json.field("systemName", systemName)
        json.field("regionId", id: regionID)
        json.field("regionName", regionName)
        json.field("spaceType", spaceType)
        json.field("securityType", securityType)
        json.field("startTime", startTime)
        json.field("endTime", endTime)
        json.field("duration", Int(endTime.timeIntervalSince(startTime)))
        json.field("totalKills", totalKills)
        json.field("totalParticipants", totalParticipants)
        json.field("totalIskDestroyed", totalIskDestroyed.description)
        json.array("mainAlliances", alliances) { json, alliance in
            json.object { json in
                json.field("allianceId", id: alliance.id)
                json.field("allianceName", alliance.name)
                json.field("participantCount", alliance.participants)
            }
        }
        json.field(
            "zkillRelatedUrl",
            ZKillboardLinks.related(SolarSystemID(systemID), start: startTime))
    }
}

/// An alliance with many pilots in a battle.
struct MainAlliance {
    let id: Int64
    let name: String?
    let participants: Int

    /// The three largest of each battle.
    static func load(_ battles: [UUID], in session: any SQLSession) async throws -> [UUID: [MainAlliance]] {
        var alliances: [UUID: [MainAlliance]] = [:]
        for row in try await session.query(select, battles) {
            var columns = row.columns
            alliances[try columns.next(), default: []].append(
                MainAlliance(id: try columns.next(), name: try columns.next(), participants: try columns.next()))
        }
        return alliances
    }

    private static let select = Statement(
        "battle_reports.select_main_alliances",
        """
        SELECT wanted.id, a.alliance_id, n.name, a.pilots
        FROM unnest($1::uuid[]) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT alliance_id, count(DISTINCT character_id) AS pilots FROM battle_reports.battle_participants
            WHERE battle_id = wanted.id AND alliance_id IS NOT NULL
            GROUP BY alliance_id ORDER BY pilots DESC, alliance_id LIMIT 3) a
        LEFT JOIN contract.entity_name n ON n.id = a.alliance_id
        ORDER BY wanted.id, a.pilots DESC, a.alliance_id
        """)
}
