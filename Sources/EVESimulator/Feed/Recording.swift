internal import EVE
import struct Foundation.Date

/// A file of killmails, one JSON object a line in ESI's fields, possibly with `zkb`.
///
/// What such recordings lack is filled in as ESI would have it: the pilot of highest damage has the final blow, everybody
/// a security status, the victim its items. Everything else stays as it was recorded.
struct Recording: Sendable {
    let kills: [FeedKill]

    /// In the order of `killmail_time`, ties by id; a kill that occurs twice counts once.
    init(file: String) throws(SimulatorError) {
        let content = try Gzip.read(path: file)
        var kills: [FeedKill] = []
        var seen: Set<Int64> = []
        var number = 0
        for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            do {
                let kill = try Self.kill(try JSONParser.parse(line))
                if seen.insert(kill.id).inserted { kills.append(kill) }
            } catch {
                throw .badRecording(file: file, line: number, reason: String(describing: error))
            }
        }
        guard !kills.isEmpty else { throw .cannotRead(file: file, reason: "there is no killmail in it") }
        self.kills = kills.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
    }

    static func kill(_ line: JSONValue, battle: String? = nil) throws(JSONParser.Failure) -> FeedKill {
        func need<Value>(_ value: Value?, _ name: String) throws(JSONParser.Failure) -> Value {
            guard let value else { throw JSONParser.Failure(description: "\(name) is missing or of another type") }
            return value
        }
        var esi = line
        let id = try need(line["killmail_id"]?.int, "killmail_id")
        let time = try need(line["killmail_time"]?.string.flatMap(Timestamp.parse), "killmail_time")
        var victim = try need(line["victim"], "victim")
        let recorded = try need(line["attackers"]?.array, "attackers")
        let finalBlow = recorded.firstIndex { $0["final_blow"] == .bool(true) } ?? Self.finalBlow(among: recorded)
        if victim["items"] == nil { victim["items"] = [] }
        esi["victim"] = victim
        esi["attackers"] = .array(
            recorded.enumerated().map { index, attacker in
                var attacker = attacker
                attacker["final_blow"] = .bool(index == finalBlow)
                if attacker["security_status"] == nil { attacker["security_status"] = 0 }
                return attacker
            })
        let recordedHash = line["killmail_hash"]?.string ?? line["hash"]?.string
        for key in ["zkb", "killmail_hash", "hash", "http_last_modified"] { esi[key] = nil }
        let hash =
            recordedHash
            ?? KillmailHash.compute(
                victim: victim["character_id"]?.int.map { CharacterID($0) },
                finalBlow: finalBlow.flatMap { recorded[$0]["character_id"]?.int }.map { CharacterID($0) },
                shipType: TypeID(victim["ship_type_id"]?.int ?? 0), time: Date(timeIntervalSince1970: Double(time)))
        return FeedKill(
            id: id, hash: hash, time: time, esi: esi.bytes,
            appraisal: appraisal(line, victim: victim, attackers: recorded, finalBlow: finalBlow, time: time), battle: battle,
            scenario: .recorded)
    }

    /// The pilot who did most, else whoever did most; the first of equals.
    private static func finalBlow(among attackers: [JSONValue]) -> Int? {
        func most(_ indices: [Int]) -> Int? {
            indices.max { left, right in
                let (one, other) = (attackers[left]["damage_done"]?.int ?? 0, attackers[right]["damage_done"]?.int ?? 0)
                return one == other ? left > right : one < other
            }
        }
        let pilots = attackers.indices.filter { isPilot(attackers[$0]) }
        return most(pilots.isEmpty ? Array(attackers.indices) : pilots)
    }

    private static func isPilot(_ attacker: JSONValue) -> Bool { (attacker["character_id"]?.int ?? 0) > 3_999_999 }

    private static func appraisal(
        _ line: JSONValue, victim: JSONValue, attackers: [JSONValue], finalBlow: Int?, time: Int64
    ) -> FeedKill.Appraisal {
        let zkb = line["zkb"]
        func money(_ key: String) -> Int64? { zkb?[key]?.double.map { Int64(($0 * 100).rounded()) } }
        let total = money("totalValue") ?? 0
        let isNPC = !attackers.contains(where: isPilot)
        let isSolo = attackers.count == 1 && !isNPC
        let corporation = victim["corporation_id"]?.int
        let isAwox = (corporation ?? 0) > 1_999_999 && finalBlow.flatMap { attackers[$0]["corporation_id"]?.int } == corporation
        let system = line["solar_system_id"]?.int ?? 0
        return FeedKill.Appraisal(
            locationID: victim["position"] == nil ? nil : zkb?["locationID"]?.int, fitted: money("fittedValue") ?? total,
            dropped: money("droppedValue") ?? 0, destroyed: money("destroyedValue") ?? total, total: total, points: 1,
            isNPC: isNPC, isSolo: isSolo, isAwox: isAwox,
            labels: Labels.make(
                time: time, category: 6, attackers: attackers.count, isSolo: isSolo, isNPC: isNPC, isAwox: isAwox,
                location: SolarSystemID(system).securityTypeByRange.flatMap(KillmailRenderer.location), value: total),
            attackerCount: attackers.count)
    }
}
