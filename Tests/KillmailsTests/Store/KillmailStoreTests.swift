import EVE
import Foundation
import KernelAPI
import KernelTesting
import Testing

@testable import Killmails

@Suite("Killmail store")
struct KillmailStoreTests {
    @Test("a killmail is stored once, however often it comes, and announced once")
    func duplicates() async throws {
        try await KillmailsBench.run { bench in
            let store = bench.makeStore()
            let first = try await store.store([mail(1), mail(2), mail(1)], source: "test")
            #expect(first == .init(stored: 2))
            let second = try await store.store([mail(2), mail(3)], source: "test")
            #expect(second == .init(stored: 1, duplicates: 1))
            #expect(try await bench.stored() == [1, 2, 3])
            #expect(try await bench.queued() == [1, 2, 3])
            #expect(try await bench.rejects().isEmpty)
        }
    }

    @Test("a second mail with the same id and another time is refused, within a batch and later; the first one stays")
    func conflictingTimes() async throws {
        try await KillmailsBench.run { bench in
            let store = bench.makeStore()
            let outcome = try await store.store([mail(1), mail(1, at: noon + 60)], source: "test")
            #expect(outcome == .init(stored: 1, rejected: 1))
            #expect(try await bench.rejects() == ["1 conflicting_time"])
            let later = try await store.store([mail(2), mail(7), mail(1, at: noon - 60)], source: "other")
            #expect(later == .init(stored: 2, rejected: 1))
            #expect(try await bench.rejects() == ["2 conflicting_time", "1 conflicting_time"])
            let times = try await bench.kernel.database.query(
                Statement("test.times", "SELECT occurred_at FROM contract.killmail WHERE killmail_id = 1"))
            #expect(try times.scalar(Date.self) == noon)
            #expect(try await bench.queued() == [1, 2, 7])
        }
    }

    @Test("what happened before the retention is refused and makes no month")
    func tooOld() async throws {
        try await KillmailsBench.run { bench in
            let store = bench.makeStore(retentionMonths: 2)
            let edge = Date(timeIntervalSince1970: 1_763_208_000)  // two months before noon
            let outcome = try await store.store([mail(1, at: edge - 1), mail(2, at: edge)], source: "test")
            #expect(outcome == .init(stored: 1, rejected: 1))
            #expect(try await bench.rejects() == ["0 older_than_retention"])
            #expect(try await bench.stored() == [2])
            #expect(try await partitions(bench) == ["detail_2025_11"])
        }
    }

    @Test("a number that is refused again replaces what was remembered of it")
    func rejectsAreRemembered() async throws {
        try await KillmailsBench.run { bench in
            let store = bench.makeStore(retentionMonths: 1)
            try await store.store([mail(1, at: noon - 90 * 86_400)], source: "test")
            try await store.store([mail(2)], source: "test")
            try await store.store([mail(2, at: noon + 1)], source: "test")
            let remembered = try await bench.kernel.database.query(
                Statement("test.reject", "SELECT killmail_id, code, message FROM killmails.reject"))
            #expect(remembered.count == 1)
            var columns = try #require(remembered.first).columns
            #expect(try columns.next(Int64.self) == 2)
            #expect(try columns.next(String.self) == "conflicting_time")
            #expect(try columns.next(String.self) == "a killmail with this id and another time is stored already")
        }
    }

    @Test("every attacker of the largest killmail is stored in the mail's order, exactly, for programs and for people")
    func hugeMail() async throws {
        try await KillmailsBench.run { bench in
            let mails = [mail(1, attackers: 3_753), mail(2, attackers: 0), Self.oddMail(3)]
            try await bench.makeStore().store(mails, source: "test")
            let rows = try await bench.kernel.database.query(
                Statement("test.packed", "SELECT attackers FROM contract.killmail ORDER BY killmail_id"))
            let packed = try rows.map { try PackedAttackers(bytes: $0.decode(0, as: SQLBytes.self).bytes).unpacked() }
            #expect(packed == mails.map(\.attackers))
            let counts = Statement("test.count", "SELECT attacker_count FROM contract.killmail ORDER BY killmail_id")
            #expect(try await bench.numbers(counts) == [3_753, 0, 4])
            for mail in mails { #expect(try await Self.attackerRows(of: mail.id, in: bench) == mail.attackers) }
        }
    }

    /// Attackers with nothing, with everything, with half of the group before them, and with the same.
    private static func oddMail(_ id: Int64) -> Killmail {
        var odd = mail(id, attackers: 4)
        odd.attackers[0] = .init(affiliation: .init(), shipTypeID: nil, weaponTypeID: nil, damageDone: 0)
        odd.attackers[1].affiliation = .init(characterID: 1, corporationID: CorporationID(.max), allianceID: 3, factionID: 4)
        odd.attackers[1].damageDone = .max
        odd.attackers[2].affiliation = .init(characterID: nil, corporationID: 128, allianceID: 3)
        odd.attackers[3].affiliation = .init(characterID: CharacterID(1 << 40), corporationID: 128, allianceID: 3)
        odd.attackers[3].finalBlow = true
        return odd
    }

    private static func attackerRows(of id: KillmailID, in bench: KillmailsBench) async throws -> [Killmail.Attacker] {
        let rows = try await bench.kernel.database.query(
            Statement(
                "test.attackers",
                """
                SELECT position, character_id, corporation_id, alliance_id, faction_id, ship_type_id, weapon_type_id,
                       damage_done, final_blow
                FROM contract.attacker WHERE killmail_id = $1 ORDER BY position
                """), id.rawValue)
        return try rows.enumerated().map { index, row in
            var columns = row.columns
            #expect(try columns.next(Int.self) == index)
            let affiliation = Killmail.Affiliation(
                characterID: try columns.next(Int64?.self).map { CharacterID($0) },
                corporationID: try columns.next(Int64?.self).map { CorporationID($0) },
                allianceID: try columns.next(Int64?.self).map { AllianceID($0) },
                factionID: try columns.next(Int64?.self).map { FactionID($0) })
            return Killmail.Attacker(
                affiliation: affiliation, shipTypeID: try columns.next(Int64?.self).map { TypeID($0) },
                weaponTypeID: try columns.next(Int64?.self).map { TypeID($0) }, damageDone: try columns.next(),
                finalBlow: try columns.next())
        }
    }

    @Test("a mail without ship, people, attackers or value is stored with nothing made up")
    func missingParts() async throws {
        try await KillmailsBench.run { bench in
            var bare = mail(1, attackers: 0, ship: nil, value: nil)
            bare.hash = nil
            bare.victim.affiliation = .init(factionID: 500_021)
            #expect(try await bench.makeStore().store([bare], source: "test") == .init(stored: 1))
            let row = try await bench.kernel.database.query(
                Statement(
                    "test.bare",
                    """
                    SELECT victim_character_id, victim_corporation_id, victim_alliance_id, victim_faction_id,
                           victim_ship_type_id, total_value::bigint, attacker_count::bigint FROM contract.killmail
                    """))
            var columns = try #require(row.first).columns
            let values: [Int64?] = try (0..<7).map { _ in try columns.next() }
            #expect(values == [nil, nil, nil, 500_021, nil, nil, 0])
            #expect(try await bench.numbers(Statement("test.names", "SELECT id FROM killmails.name")) == [500_021])
        }
    }

    @Test("ISK is exact to the hundredth, from nothing to the largest amount that is believed")
    func exactISK() async throws {
        try await KillmailsBench.run { bench in
            let amounts = [0, 1, 99, 100, 1_610_717, 13_025_786_500, 1_234_567_890_123_456_7, ISK.greatest.hundredths]
            let mails = amounts.enumerated().map { mail(Int64($0 + 1), value: ISK(hundredths: $1)) }
            try await bench.makeStore().store(mails, source: "test")
            let rows = try await bench.kernel.database.query(
                Statement("test.value", "SELECT total_value, total_value::text FROM contract.killmail ORDER BY killmail_id"))
            let texts = try rows.map { try $0.decode(1, as: String.self) }
            let expected = amounts.map { amount in
                let part = amount % 100
                return "\(amount / 100)." + (part < 10 ? "0" : "") + "\(part)"
            }
            #expect(texts == expected)
            let values = try rows.map { try $0.decode(0, as: SQLDecimal.self) }
            #expect(values == amounts.map { SQLDecimal(unscaled: $0, scale: 2) })
        }
    }

    @Test("each kill lies in the partition of its month, to the second")
    func monthTurn() async throws {
        try await KillmailsBench.run { bench in
            let turn = Date(timeIntervalSince1970: 1_767_225_600)  // 2026-01-01 00:00
            try await bench.makeStore().store([mail(1, at: turn - 1), mail(2, at: turn)], source: "test")
            let places = try await bench.texts(
                Statement("test.places", "SELECT tableoid::regclass::text FROM killmails.detail ORDER BY killmail_id"))
            #expect(places == ["killmails.detail_2025_12", "killmails.detail_2026_01"])
        }
    }

    @Test("months are UTC's also on a server with another time zone, where summer time begins and ends")
    func timeZone() async throws {
        try await KillmailsBench.run { bench in
            try await bench.kernel.execute(
                """
                DO $$ BEGIN
                    EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'Europe/Berlin');
                END $$
                """)
            try await bench.kernel.withSecondPod { pod in
                let store = bench.makeStore(on: pod)
                // The turns to April and November 2025, with half an hour on either side.
                let turns = [1_743_465_600.0, 1_761_955_200].map { Date(timeIntervalSince1970: $0) }
                let times = turns.flatMap { [$0 - 1_800, $0 + 1_800] }
                try await store.store(times.enumerated().map { mail(Int64($0 + 1), at: $1) }, source: "test")
            }
            let places = try await bench.texts(
                Statement("test.places", "SELECT tableoid::regclass::text FROM killmails.detail ORDER BY killmail_id"))
            let months = places.map { $0?.suffix(7) }
            #expect(months == ["2025_03", "2025_04", "2025_10", "2025_11"])
        }
    }

    @Test("writers that meet at a month's turn, in any order of ids, all succeed")
    func concurrentMonths() async throws {
        try await KillmailsBench.run { bench in
            for month in 1...6 {
                let time = noon - Double(month) * 31 * 86_400
                let ids = (0..<6).map { Int64(month * 100 + $0) }
                try await withThrowingTaskGroup(of: KillmailStore.Outcome.self) { group in
                    for writer in 0..<6 {
                        // Each has a kill of its own and two that all of them have, in turning order.
                        let shared =
                            writer.isMultiple(of: 2)
                            ? [Int64(month * 100 + 90), Int64(month * 100 + 91)]
                            : [Int64(month * 100 + 91), Int64(month * 100 + 90)]
                        group.addTask {
                            try await bench.makeStore().store((shared + [ids[writer]]).map { mail($0, at: time) }, source: "test")
                        }
                    }
                    var stored = 0
                    for try await outcome in group { stored += outcome.stored }
                    #expect(stored == 8)
                }
            }
            let stored = try await bench.stored()
            #expect(stored.count == 48)
            #expect(try await bench.queued() == stored)
        }
    }

    private func partitions(_ bench: KillmailsBench) async throws -> [String?] {
        try await bench.texts(
            Statement(
                "test.partitions",
                """
                SELECT relname::text FROM pg_class
                WHERE relispartition AND relkind = 'r' AND relnamespace = 'killmails'::regnamespace ORDER BY 1
                """))
    }
}
