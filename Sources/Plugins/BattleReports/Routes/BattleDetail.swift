import EVE
import Foundation
import KernelAPI

/// A battle with its killmails and participants, the first ``limit`` of each.
struct BattleDetail {
    let item: BattleItem
    let alliances: [MainAlliance]
    let killmails: [KillmailItem]
    let participants: [ParticipantItem]

    static let limit = 500

    /// - Returns: `nil` when no living battle has this id.
    static func load(_ id: UUID, in session: any SQLSession) async throws -> BattleDetail? {
        let results = try await session.pipeline([
            BoundStatement(select, id), BoundStatement(selectKillmails, id, limit),
            BoundStatement(selectParticipants, id, limit),
        ])
        guard let item = try results[0].first.map({ try BattleItem($0) }) else { return nil }
        return BattleDetail(
            item: item, alliances: try await MainAlliance.load([id], in: session)[id] ?? [],
            killmails: try results[1].map { try KillmailItem($0) },
            participants: try results[2].map { try ParticipantItem($0) })
    }

    var response: Response {
        .json { json in
            json.object { json in
                item.write(to: &json, alliances: alliances)
                json.array("killmails", killmails) { json, killmail in json.object { killmail.write(to: &$0) } }
                json.array("participants", participants) { json, participant in json.object { participant.write(to: &$0) } }
            }
        }
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
