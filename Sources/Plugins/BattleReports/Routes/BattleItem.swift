import EVE
import Foundation
import KernelAPI

/// A battle as lists show it.
struct BattleItem: JSONRepresentable {
    let id: UUID
    let systemID: Int64
    let systemName: String?
    let regionID: Int64?
    let regionName: String?
    let spaceType: SpaceType?
    let securityType: SecurityType?
    let startTime: Date
    let endTime: Date
    let totalKills: Int
    let totalParticipants: Int
    let totalIskDestroyed: ISK
    /// The largest ones; not among the selected columns.
    var mainAlliances: [MainAlliance] = []

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
        spaceType = SpaceType(rawValue: try columns.next())
        securityType = try columns.next(String?.self).flatMap { SecurityType(rawValue: $0) }
        startTime = try columns.next()
        endTime = try columns.next()
        totalKills = try columns.next()
        totalParticipants = try columns.next()
        totalIskDestroyed = ISK(hundredths: try columns.next(SQLDecimal.self).unscaled)
    }

    var position: BattlePosition { BattlePosition(startTime: startTime, id: id) }

    static let json = JSONForm<BattleItem>("Battle") { form in
        form.uuid("id", "Permanent: it leads to the battle that took this one in, should they be merged") { $0.id }
        form.id("systemId") { $0.systemID }
        form.text("systemName") { $0.systemName }
        form.id("regionId") { $0.regionID }
        form.text("regionName") { $0.regionName }
        form.choice("spaceType") { $0.spaceType }
        form.choice("securityType", "null until static data says what the system is") { $0.securityType }
        form.time("startTime") { $0.startTime }
        form.time("endTime") { $0.endTime }
        form.integer("duration", "Seconds") { Int($0.endTime.timeIntervalSince($0.startTime)) }
        form.integer("totalKills") { $0.totalKills }
        form.integer("totalParticipants") { $0.totalParticipants }
        form.text("totalIskDestroyed", "ISK") { $0.totalIskDestroyed.description }
        form.array("mainAlliances", "The three with the most pilots") { $0.mainAlliances }
        form.text("zkillRelatedUrl") { ZKillboardLinks.related(SolarSystemID($0.systemID), start: $0.startTime) }
    }
}

/// An alliance with many pilots in a battle.
struct MainAlliance: JSONRepresentable {
    let id: Int64
    let name: String?
    let participants: Int

    static let json = JSONForm<MainAlliance>("BattleAlliance") { form in
        form.id("allianceId") { $0.id }
        form.text("allianceName") { $0.name }
        form.integer("participantCount", "Pilots") { $0.participants }
    }

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
