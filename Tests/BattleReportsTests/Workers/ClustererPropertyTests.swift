import EVE
import Foundation
import KernelAPI
import KernelTesting
import Killmails
import Testing

@testable import BattleReports

@Suite("Clusterer on a database")
struct ClustererPropertyTests {
    struct Setting: Sendable, CustomTestStringConvertible {
        let rule: LinkRule
        let variables: [String: String]
        var testDescription: String { "\(variables.sorted { $0.key < $1.key })" }
    }

    static let settings: [Setting] = [
        Setting(
            rule: .bounded(LinkBounds(windowMinutes: 5, gapMaxMinutes: 3, minKills: 2)),
            variables: ["WINDOW_MINUTES": "5", "GAP_MAX": "3", "MIN_KILLS": "2"]),
        Setting(
            rule: .bounded(LinkBounds(windowMinutes: 8, gapMaxMinutes: 20, minKills: 4)),
            variables: ["WINDOW_MINUTES": "8", "GAP_MAX": "20", "MIN_KILLS": "4"]),
        Setting(
            rule: .specification(gapMax: 120, minKills: 3),
            variables: ["GAP_MAX": "2", "MIN_KILLS": "3", "BATTLESCOPE_BATTLE_REPORTS_LINK_RULE": "specification"]),
    ]

    @Test(
        "any order, batching, repeats and delays give the battles of one pass, with true totals at every step and ids that last",
        arguments: settings, [UInt64(1), 2])
    func equalsOnePass(setting: Setting, seed: UInt64) async throws {
        try await BattlesBench.run(variables: setting.variables) { bench in
            let war = RandomWar(seed: seed, count: 60)
            var seen: Set<UUID> = []
            for batch in war.arrivals(seed: seed * 31) {
                try await bench.add(batch)
                if batch.count > 5 {
                    try await bench.announce(batch.map(\.id.rawValue) + [1])
                    try await bench.kernel.drain(BattlesBench.clusterer)
                }
                #expect(try await bench.number(Self.countWrongTotals) == 0)
                seen.formUnion(try await bench.livingBattles())
            }
            let expected = Analysis.battles(from: war.killmails, rule: setting.rule)
            #expect(!expected.isEmpty)
            let found = try await bench.partition()
            #expect(found == Set(expected.map { $0.map(\.rawValue) }))
            try await expectParticipants(of: war.killmails, in: bench)
            let lost = try await bench.kernel.database.query(Self.selectLost, Array(seen)).map { try $0.decode(0, as: UUID.self) }
            if case .bounded = setting.rule { #expect(lost.isEmpty) }
            for id in seen.subtracting(lost) {
                let status = await bench.kernel.get("/battles/\(id.uuidString.lowercased())").status
                #expect(status == 200 || status == 308)
            }
            // Instanced space is kept and never clustered.
            let instanced = war.killmails.filter { $0.solarSystemID == 32_000_001 }.map(\.id.rawValue).sorted()
            let rejections = try await bench.rejections()
            #expect(rejections == instanced.map { "\($0) instanced_space" })
        }
    }

    @Test("two clusterers at once on one database give the battles of one pass")
    func twoPods() async throws {
        try await BattlesBench.run(variables: Self.settings[0].variables) { bench in
            let war = RandomWar(seed: 11, count: 120)
            try await bench.kernel.withSecondPod { other in
                for batch in stride(from: 0, to: 120, by: 20) {
                    let killmails = Array(war.killmails[batch..<batch + 20])
                    // One transaction each, so that the queue has many takers' worth of rows.
                    for killmail in killmails { try await bench.store.store([killmail], source: "test") }
                    try await bench.announce(killmails.map(\.id.rawValue))
                    async let here: Void = bench.kernel.drain(BattlesBench.clusterer)
                    async let there: Void = other.drain(BattlesBench.clusterer)
                    _ = try await (here, there)
                }
            }
            let found = try await bench.partition()
            #expect(found == Set(Analysis.battles(from: war.killmails, rule: Self.settings[0].rule).map { $0.map(\.rawValue) }))
            #expect(try await bench.number(Self.countWrongTotals) == 0)
            try await expectParticipants(of: war.killmails, in: bench)
        }
    }

    /// Compares with what the killmails of each battle say.
    private func expectParticipants(of killmails: [Killmail], in bench: BattlesBench) async throws {
        struct Key: Hashable {
            let battle: UUID
            let character: Int64
            let ship: Int64?
        }
        struct Value: Equatable {
            var corporation: Int64?
            var alliance: Int64?
            var isVictim: Bool
        }
        var battleOf: [Int64: UUID] = [:]
        for row in try await bench.kernel.database.query(Self.selectMembers) { battleOf[try row.decode(0)] = try row.decode(1) }
        var expected: [Key: Value] = [:]
        for mail in killmails {
            guard let battle = battleOf[mail.id.rawValue] else { continue }
            func note(_ affiliation: Killmail.Affiliation, _ ship: TypeID?, isVictim: Bool) {
                guard let character = affiliation.characterID, affiliation.isPilot else { return }
                let key = Key(battle: battle, character: character.rawValue, ship: ship?.rawValue)
                let old = expected[key]
                func least(_ left: Int64?, _ right: Int64?) -> Int64? { [left, right].compactMap(\.self).min() }
                expected[key] = Value(
                    corporation: least(old?.corporation, affiliation.corporationID?.rawValue),
                    alliance: least(old?.alliance, affiliation.allianceID?.rawValue), isVictim: isVictim || old?.isVictim ?? false
                )
            }
            note(mail.victim.affiliation, mail.victim.shipTypeID, isVictim: true)
            for attacker in mail.attackers { note(attacker.affiliation, attacker.shipTypeID, isVictim: false) }
        }
        var found: [Key: Value] = [:]
        for row in try await bench.kernel.database.query(Self.selectParticipants) {
            var columns = row.columns
            let key = Key(battle: try columns.next(), character: try columns.next(), ship: try columns.next())
            found[key] = Value(corporation: try columns.next(), alliance: try columns.next(), isVictim: try columns.next())
        }
        #expect(found == expected)
    }

    private static let selectMembers = Statement(
        "test.members", "SELECT killmail_id, battle_id FROM battle_reports.battle_killmails WHERE battle_id IS NOT NULL")
    private static let selectParticipants = Statement(
        "test.participants",
        "SELECT battle_id, character_id, ship_type_id, corp_id, alliance_id, is_victim FROM battle_reports.battle_participants")
    /// Ids that lead to no living battle.
    private static let selectLost = Statement(
        "test.lost",
        """
        SELECT seen.id FROM unnest($1::uuid[]) AS seen (id)
        LEFT JOIN battle_reports.battle_redirect r ON r.id = seen.id
        LEFT JOIN battle_reports.battle b ON b.id = coalesce(r.target, seen.id)
        WHERE coalesce(b.total_kills, 0) = 0
        """)
    private static let countWrongTotals = Statement(
        "test.wrong_totals",
        """
        SELECT count(*) FROM battle_reports.battle b
        LEFT JOIN (SELECT battle_id, count(*) AS kills, sum(isk_value) AS isk, min("timestamp") AS first, max("timestamp") AS last
                   FROM battle_reports.battle_killmails GROUP BY battle_id) m ON m.battle_id = b.id
        LEFT JOIN (SELECT battle_id, count(DISTINCT character_id) AS pilots
                   FROM battle_reports.battle_participants GROUP BY battle_id) p ON p.battle_id = b.id
        WHERE b.total_kills <> coalesce(m.kills, 0) OR b.total_isk_destroyed <> coalesce(m.isk, 0)
           OR b.total_participants <> coalesce(p.pilots, 0)
           OR m.kills IS NOT NULL AND (b.start_time <> m.first OR b.end_time <> m.last)
        """)
}
