import EVE
import Foundation
import KernelAPI
import KernelTesting
import Killmails
import Logging
import Testing

@testable import BattleReports

@Suite("Clusterer worker")
struct ClustererWorkerTests {
    /// A fight of two alliances, a kill a minute.
    static func fight(
        _ ids: ClosedRange<Int64>, alliances: (Int64, Int64) = (1, 2), from minute: Double = 1_000,
        system: SolarSystemID = busySystem,
        value: ISK? = ISK(whole: 10)
    ) -> [Killmail] {
        ids.enumerated().map { index, id in
            killmail(
                id, at: minute + Double(index), victim: .of(alliances.0, id),
                attackers: [.of(alliances.1, 1), .of(alliances.1, 2)],
                system: system, value: value)
        }
    }

    @Test("kills wait until there are enough of them, and a late one completes the battle")
    func minKills() async throws {
        try await BattlesBench.run(variables: ["MIN_KILLS": "3"]) { bench in
            let kills = Self.fight(1...3)
            try await bench.add([kills[0], kills[2]])
            #expect(try await bench.livingBattles().isEmpty)
            bench.kernel.clock.advance(by: .seconds(7_200))
            try await bench.add([kills[1]])
            #expect(try await bench.partition() == [[1, 2, 3]])
        }
    }

    @Test("when battles merge the smaller one's id leads to the larger one, and nobody may cache that")
    func merge() async throws {
        try await BattlesBench.run { bench in
            try await bench.add(Self.fight(1...3))
            let larger = try await bench.onlyBattle()
            try await bench.add(Self.fight(11...12, alliances: (3, 4)))
            let smaller = try #require(try await bench.livingBattles().subtracting([larger]).first)
            // Somebody of each fight on one mail.
            try await bench.add([killmail(20, at: 1_005, victim: .of(1, 1), attackers: [.of(4, 1)])])
            #expect(try await bench.onlyBattle() == larger)
            let answer = await bench.kernel.get("/battles/\(smaller.uuidString)")
            #expect(answer.status == 308)
            #expect(answer.header("Location") == "/battles/\(larger.uuidString.lowercased())")
            #expect(answer.header("Cache-Control") == "no-store")
        }
    }

    @Test("each rule of the ruleset keeps killmails out by its name, for good")
    func rulesets() async throws {
        try await BattlesBench.run(variables: ["MIN_PILOTS": "2"]) { bench in
            func activate(_ assignments: String) async throws {
                try await bench.kernel.execute(
                    """
                    UPDATE battle_reports.rulesets SET tracked_system_ids = '{}', tracked_security_types = '{}',
                        tracked_alliance_ids = '{}', tracked_corp_ids = '{}', ignore_unlisted = false;
                    UPDATE battle_reports.rulesets SET \(assignments)
                    """)
            }
            try await bench.add([killmail(1, at: 1, victim: .hull(of: 1), attackers: [.of(2, 1), .npc])])
            try await activate("tracked_system_ids = '{31000005}'")
            try await bench.add(Self.fight(2...2))
            try await activate("tracked_security_types = '{highsec}'")
            try await bench.add(Self.fight(3...3, system: 31_000_005))
            try await activate("tracked_alliance_ids = '{99000009}', ignore_unlisted = true")
            try await bench.add(Self.fight(4...4))
            try await activate("tracked_alliance_ids = '{99000002}', tracked_corp_ids = '{98000077}', ignore_unlisted = true")
            try await bench.add(Self.fight(5...6))
            try await activate("tracked_alliance_ids = '{99000009}'")
            try await bench.add(Self.fight(7...8, from: 9_000))
            let expected = ["1 too_few_pilots", "2 system_not_tracked", "3 security_type_not_tracked", "4 unlisted"]
            #expect(try await bench.rejections() == expected)
            #expect(try await bench.partition() == [[5, 6], [7, 8]])
            // Told again under a ruleset that would take it: a change acts on new kills.
            try await activate("ignore_unlisted = false")
            try await bench.announce([2, 3, 4])
            try await bench.kernel.drain(BattlesBench.clusterer)
            #expect(try await bench.rejections() == expected)
            #expect(try await bench.partition() == [[5, 6], [7, 8]])
        }
    }

    @Test("a killmail that cannot be clustered is set aside alone, and all others get their battles")
    func poison() async throws {
        try await BattlesBench.run { bench in
            try await bench.kernel.execute(
                """
                CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken on purpose'; END $$;
                CREATE TRIGGER broken BEFORE INSERT ON battle_reports.battle_killmails
                    FOR EACH ROW WHEN (NEW.killmail_id = 7) EXECUTE FUNCTION broken();
                """)
            try await bench.add(Self.fight(1...20))
            #expect(try await bench.rejections() == ["7 clustering_failed"])
            #expect(try await bench.partition() == [Array(1...6) + Array(8...20)])
            #expect(try await bench.number(Statement("test.left", "SELECT count(*) FROM kernel.queue_item")) == 0)
            #expect(bench.log.messages(.error) == ["killmail cannot be clustered and was set aside"])
        }
    }

    @Test("a killmail whose attackers are damaged is set aside alone")
    func damagedAttackers() async throws {
        try await BattlesBench.run { bench in
            try await bench.store.store(Self.fight(1...20), source: "test")
            try await bench.kernel.execute(
                "UPDATE killmails.detail SET attackers = substr(attackers, 1, 9) WHERE killmail_id = 7")
            try await bench.kernel.drain(BattlesBench.clusterer)
            #expect(try await bench.rejections() == ["7 clustering_failed"])
            #expect(try await bench.partition() == [Array(1...6) + Array(8...20)])
        }
    }

    @Test("when everything fails, killmails are given up one a pause, not all at once")
    func allPoison() async throws {
        try await BattlesBench.run { bench in
            try await bench.store.store(Self.fight(1...30), source: "test")
            try await bench.kernel.execute("ALTER TABLE battle_reports.presence RENAME TO elsewhere")
            await #expect(throws: DatabaseError.self) { try await bench.kernel.drain(BattlesBench.clusterer) }
            #expect(try await bench.rejections().count == 4)
            await #expect(throws: DatabaseError.self) { try await bench.kernel.drain(BattlesBench.clusterer) }
            #expect(try await bench.rejections().count == 5)
            try await bench.kernel.execute("ALTER TABLE battle_reports.elsewhere RENAME TO presence")
            try await bench.kernel.drain(BattlesBench.clusterer)
            #expect(try await bench.partition() == [Array(6...30)])
        }
    }

    @Test("a killmail that another pod holds is not mistaken for the next one in the queue")
    func heldElsewhere() async throws {
        try await BattlesBench.run { bench in
            try await bench.kernel.execute(
                """
                CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken on purpose'; END $$;
                CREATE TRIGGER broken BEFORE INSERT ON battle_reports.battle_killmails
                    FOR EACH ROW WHEN (NEW.killmail_id IN (3, 9, 15)) EXECUTE FUNCTION broken();
                """)
            for id in 1...16 { try await bench.store.store(Self.fight(Int64(id)...Int64(id)), source: "test") }
            try await bench.kernel.withSecondPod { other in
                async let here: Void = bench.kernel.drain(BattlesBench.clusterer)
                async let there: Void = other.drain(BattlesBench.clusterer)
                _ = try await (here, there)
            }
            let expected = ["15 clustering_failed", "3 clustering_failed", "9 clustering_failed"]
            #expect(try await bench.rejections().compactMap(\.self).sorted() == expected)
            #expect(try await bench.partition() == [(1...16).filter { ![3, 9, 15].contains($0) }])
        }
    }

    @Test("absurd estimates of value stop at the largest amount and leave everything readable")
    func greatestISK() async throws {
        try await BattlesBench.run { bench in
            try await bench.add(Self.fight(1...3, value: .greatest))
            let list = await bench.kernel.get("/battles")
            #expect(list.json["items"][0]["totalIskDestroyed"].text == "90000000000000000")
            #expect(await bench.kernel.get("/killmails/recent").json["items"][2]["iskValue"].text == "90000000000000000")
        }
    }

    @Test("battles from before the static data get their kind of space when it arrives, once it is idle")
    func fillsSecurity() async throws {
        try await BattlesBench.run { bench in
            let (market, taken, unknown): (SolarSystemID, SolarSystemID, SolarSystemID) = (30_000_142, 30_000_157, 30_009_999)
            let now = Date(timeIntervalSince1970: 1_768_400_000).timeIntervalSince1970 / 60
            try await bench.add(
                Self.fight(1...2, from: now, system: market) + Self.fight(3...4, from: now, system: taken)
                    + Self.fight(5...6, from: now, system: unknown) + Self.fight(7...8, from: now + 5_000, system: market))
            let spaces = Statement(
                "test.spaces", "SELECT concat_ws(' ', space_type, security_type) FROM battle_reports.battle ORDER BY system_id")
            #expect(try await bench.texts(spaces) == ["kspace", "kspace", "kspace", "kspace"])
            let map = UniverseMap([
                .solarSystem(SolarSystem(id: market, name: "Market", constellationID: nil, regionID: 10_000_002, security: 0.9)),
                .solarSystem(
                    SolarSystem(id: taken, name: "Taken", constellationID: nil, regionID: UniverseMap.pochven, security: -1)),
            ])
            _ = try await StaticDataStore(database: bench.kernel.database).replace(
                by: map, source: "test", now: bench.kernel.clock.now)
            try await bench.kernel.drain(BattlesBench.clusterer)
            #expect(try await bench.texts(spaces) == ["kspace highsec", "kspace highsec", "pochven pochven", "kspace"])
            let pochven = await bench.kernel.get("/battles?space_type=pochven")
            #expect(pochven.json["items"].items.map { $0["systemName"].text } == ["Taken"])
            // What a writer left behind while the import ended is found an hour later.
            try await bench.kernel.execute("UPDATE battle_reports.battle SET security_type = NULL WHERE system_id = 30000142")
            try await bench.kernel.drain(BattlesBench.clusterer)
            #expect(try await bench.texts(spaces) == ["kspace", "kspace", "pochven pochven", "kspace"])
            bench.kernel.clock.advance(by: .seconds(3_601))
            try await bench.kernel.drain(BattlesBench.clusterer)
            #expect(try await bench.texts(spaces) == ["kspace highsec", "kspace highsec", "pochven pochven", "kspace"])
        }
    }
}
