internal import EVE
import struct Foundation.Date

/// The largest killmail that anybody has seen was a structure with 3,753 attackers. This one is of that size.
enum HugeKill {
    static let attackerCount = 3753
    private static let alliances: Range<Int64> = 99_490_001..<99_490_044
    private static let corporations: Range<Int64> = 98_490_001..<98_490_302
    private static let characters: Range<Int64> = 2_119_000_001..<2_119_003_754
    private static let worth: Int64 = 240_000_000_000_00

    /// Who took part, for the directory of names.
    static func entry(_ id: Int64) -> Directory.Entry? {
        if characters.contains(id) {
            return .init(category: "character", id: id, name: "Crowd Member \(id - characters.lowerBound)")
        }
        if corporations.contains(id) {
            return .init(category: "corporation", id: id, name: "Crowd Section \(id - corporations.lowerBound)")
        }
        if alliances.contains(id) {
            return .init(category: "alliance", id: id, name: "Crowd Number \(id - alliances.lowerBound)")
        }
        return nil
    }

    static func make(id: Int64, time: Int64) -> FeedKill {
        let system: Int64 = 30_090_401
        let (hull, gun): (Int64, Int64) = (85_032, 85_060)
        var attackers: [JSONValue] = []
        attackers.reserveCapacity(attackerCount)
        for index in 0..<Int64(attackerCount) {
            attackers.append([
                "alliance_id": .int(alliances.lowerBound + 1 + index % 42), "character_id": .int(characters.lowerBound + index),
                "corporation_id": .int(corporations.lowerBound + 1 + index % 300), "damage_done": .int(9000 - index * 2),
                "final_blow": .bool(index == 17), "security_status": .number("-1.5"), "ship_type_id": .int(hull),
                "weapon_type_id": .int(gun),
            ])
        }
        let ship: Int64 = 85_050
        let esi: JSONValue = [
            "attackers": .array(attackers), "killmail_id": .int(id), "killmail_time": .string(Timestamp.iso(time)),
            "solar_system_id": .int(system),
            "victim": [
                "alliance_id": .int(alliances.lowerBound), "corporation_id": .int(corporations.lowerBound),
                "damage_taken": .int((0..<Int64(attackerCount)).reduce(0) { $0 + 9000 - $1 * 2 }), "items": [],
                "position": ["x": 1, "y": 2, "z": 3], "ship_type_id": .int(ship),
            ],
        ]
        return FeedKill(
            id: id,
            hash: KillmailHash.compute(
                victim: nil, finalBlow: CharacterID(characters.lowerBound + 17), shipType: TypeID(ship),
                time: Date(timeIntervalSince1970: Double(time))), time: time,
            esi: esi.bytes,
            appraisal: FeedKill.Appraisal(
                locationID: 40_009_001, fitted: worth, dropped: 0, destroyed: worth, total: worth, points: 1, isNPC: false,
                isSolo: false, isAwox: false,
                labels: Labels.make(
                    time: time, category: 65, attackers: attackerCount, isSolo: false, isNPC: false, isAwox: false,
                    location: "nullsec", value: worth),
                attackerCount: attackerCount),
            battle: nil, scenario: .structure)
    }
}
