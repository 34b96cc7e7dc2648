internal import EVE
import struct Foundation.Date

/// The largest killmail that anybody has seen was a structure with 3,753 attackers. This one is of that size.
enum HugeKill {
    static let attackerCount = 3753

    static func make(id: Int64, time: Int64) -> FeedKill {
        let system: Int64 = 30_090_401
        var attackers: [JSONValue] = []
        attackers.reserveCapacity(attackerCount)
        for index in 0..<Int64(attackerCount) {
            attackers.append([
                "alliance_id": .int(99_490_001 + index % 42), "character_id": .int(2_119_000_001 + index),
                "corporation_id": .int(98_490_001 + index % 300), "damage_done": .int(9000 - index * 2),
                "final_blow": .bool(index == 17), "security_status": .number("-1.5"), "ship_type_id": .int(85_030),
                "weapon_type_id": .int(85_031),
            ])
        }
        let ship: Int64 = 85_040
        let esi: JSONValue = [
            "attackers": .array(attackers), "killmail_id": .int(id), "killmail_time": .string(Timestamp.iso(time)),
            "solar_system_id": .int(system),
            "victim": [
                "alliance_id": 99_489_999, "corporation_id": 98_489_999, "damage_taken": 20_000_000, "items": [],
                "position": ["x": 1, "y": 2, "z": 3], "ship_type_id": .int(ship),
            ],
        ]
        return FeedKill(
            id: id,
            hash: KillmailHash.compute(
                victim: nil, finalBlow: 2_119_000_018, shipType: TypeID(ship), time: Date(timeIntervalSince1970: Double(time))),
            time: time,
            esi: esi.bytes,
            appraisal: FeedKill.Appraisal(
                locationID: 40_009_001, fitted: 240_000_000_000_00, dropped: 0, destroyed: 240_000_000_000_00,
                total: 240_000_000_000_00, points: 1, isNPC: false, isSolo: false, isAwox: false,
                labels: Labels.make(
                    time: time, category: 65, attackers: attackerCount, isSolo: false, isNPC: false, isAwox: false,
                    location: "nullsec", value: 240_000_000_000_00),
                attackerCount: attackerCount),
            battle: nil, scenario: .structure)
    }
}
