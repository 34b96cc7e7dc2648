import Foundation

@testable import EVE

/// Invented killmails for the tests of this target.
enum Samples {
    static let now = Date(timeIntervalSince1970: 1_795_000_000)
    static let decoder = KillmailDecoder(now: now)

    static let victim = """
        {"character_id":90000001,"corporation_id":98000001,"alliance_id":99000001,"ship_type_id":587,"damage_taken":489,\
        "items":[{"flag":5,"item_type_id":3520,"items":[{"flag":0}]}],"position":{"x":1500660092924.493,"y":-2.9e11}}
        """
    static let attackers = """
        [{"character_id":90000002,"corporation_id":98000002,"faction_id":500004,"damage_done":488,"final_blow":true,\
        "security_status":-0.4,"ship_type_id":4306,"weapon_type_id":3090},{"damage_done":1}]
        """

    /// A mail in ESI's shape; `nil` leaves a member out.
    static func mail(
        id: String? = "134398778", time: String? = "\"2026-03-31T09:23:11Z\"", system: String? = "30000901",
        victim: String? = Samples.victim, attackers: String? = Samples.attackers, more: String? = nil
    ) -> String {
        let members = [
            attackers.map { "\"attackers\":\($0)" }, id.map { "\"killmail_id\":\($0)" }, time.map { "\"killmail_time\":\($0)" },
            system.map { "\"solar_system_id\":\($0)" }, victim.map { "\"victim\":\($0)" }, more,
        ]
        return "{" + members.compactMap { $0 }.joined(separator: ",") + "}"
    }

    static let hash = "0123456789abcdef0123456789abcdef01234567"
    static let zkb = """
        "zkb":{"locationID":60009928,"hash":"\(hash)","totalValue":16107.17,"npc":null,"labels":["tz:au","#:1"]}
        """

    static func temporaryFile(_ bytes: some Sequence<UInt8>, name: String = "file") throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eve-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let url = folder.appendingPathComponent(name)
        try Data(bytes).write(to: url)
        return url.path
    }
}
