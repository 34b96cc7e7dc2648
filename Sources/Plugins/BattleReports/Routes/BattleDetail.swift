import EVE
import Foundation
import KernelAPI

/// A battle with its killmails and participants, the first ``limit`` of each.
struct BattleDetail: JSONRepresentable {
    let item: BattleItem
    let killmails: [KillmailItem]
    let participants: [ParticipantItem]

    static let limit = 500

    /// - Returns: `nil` when no living battle has this id.
    static func load(_ id: UUID, in session: any SQLSession) async throws -> BattleDetail? {
        let results = try await session.pipeline([
            BoundStatement(select, id), BoundStatement(selectKillmails, id, limit),
            BoundStatement(selectParticipants, id, limit),
        ])
        guard var item = try results[0].first.map({ try BattleItem($0) }) else { return nil }
        item.mainAlliances = try await MainAlliance.load([id], in: session)[id] ?? []
        return BattleDetail(
            item: item, killmails: try results[1].map { try KillmailItem($0) },
            participants: try results[2].map { try ParticipantItem($0) })
    }

    static let json = JSONForm<BattleDetail>("BattleDetail") { form in
        form.members(of: BattleItem.json) { $0.item }
        form.array("killmails", "The first 500, by time") { $0.killmails }
        form.array("participants", "The first 500 pilots and ships") { $0.participants }
    }

    private static let select = Statement("battle_reports.select_battle", fragments: [BattleItem.select, "AND b.id = $1"])

    private static let selectKillmails = Statement(
        "battle_reports.select_battle_killmails",
        fragments: [
            "WITH member AS (",
            """
            SELECT killmail_id, battle_id FROM battle_reports.battle_killmails
            WHERE battle_id = $1 ORDER BY "timestamp", killmail_id LIMIT $2)
            """,
            KillmailItem.select, "ORDER BY k.occurred_at, k.killmail_id",
        ])

    private static let selectParticipants = Statement(
        "battle_reports.select_battle_participants",
        fragments: [
            ParticipantItem.select, "WHERE p.battle_id = $1 ORDER BY p.character_id, p.ship_type_id NULLS LAST LIMIT $2",
        ])
}
