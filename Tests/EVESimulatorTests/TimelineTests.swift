import EVE
import Foundation
import Testing

@testable import EVESimulator

@Suite("The timeline of the universe")
struct TimelineTests {
    static let universe = Universe(seed: 1)

    static func kills(_ count: Int, seed: UInt64 = 1) -> [GeneratedKill] {
        var timeline = Timeline(
            universe: seed == 1 ? universe : Universe(seed: seed), firstKillID: 1000, backlogRate: 17_000, liveRate: 17_000,
            liveFrom: .max)
        return (0..<count).compactMap { _ in timeline.next() }
    }

    static let many = kills(4000)

    private var battles: [String: [GeneratedKill]] {
        Dictionary(grouping: Self.many.filter { $0.battle != nil }, by: { $0.battle ?? "" })
    }

    /// Corporations of the pilots on a fight's mails.
    private func parties(_ kills: [GeneratedKill]) -> Set<Int> {
        Set(kills.flatMap { kill in [kill.victim.corporation] + kill.attackers.map(\.party.corporation) }.compactMap { $0 })
    }

    @Test("is the same for the same seed, however often one looks, and another for another seed")
    func deterministic() {
        let again = Self.kills(500)
        #expect(again.map(\.id) == Self.many.prefix(500).map(\.id))
        #expect(again.map(\.attackers.count) == Self.many.prefix(500).map(\.attackers.count))
        var slow = Timeline(universe: Self.universe, firstKillID: 1000, backlogRate: 17_000, liveRate: 17_000, liveFrom: .max)
        var looked: [Int64] = []
        var time: Int64 = 0
        while looked.count < 500 {
            while let kill = slow.next(until: time) { looked.append(kill.id) }
            time += 7
        }
        #expect(Array(looked.prefix(500)) == again.map(\.id))
        #expect(Self.kills(500, seed: 2).map(\.time) != again.map(\.time))
    }

    @Test("has every scenario within 4,000 kills", arguments: Scenario.allCases.filter { $0 != .recorded })
    func complete(scenario: Scenario) {
        #expect(Self.many.contains { $0.scenario == scenario })
    }

    @Test("keeps the order of publishing, no kill before it happened, most within a minute or so, some hours late")
    func order() {
        #expect(Self.many.map(\.publishAt) == Self.many.map(\.publishAt).sorted())
        #expect(Self.many.allSatisfy { $0.publishAt > $0.time })
        let late = Self.many.filter { $0.publishAt - $0.time >= 3600 }
        #expect(late.count > 20 && late.count < 200)
        #expect(Set(Self.many.map(\.id)).count == Self.many.count)
    }

    @Test("shows a newcomer thirty battles within the first 600 kills")
    func lively() {
        #expect(Set(Self.many.prefix(600).compactMap(\.battle)).count >= 30)
    }

    @Test("labels every fight in one system, and no kill on its own")
    func labels() {
        for (label, kills) in battles { #expect(Set(kills.map(\.system)).count == 1, "\(label)") }
        #expect(Self.many.contains { $0.scenario == .solo && $0.battle == nil })
        #expect(Self.many.filter { $0.scenario == .npc || $0.scenario == .abyssal }.allSatisfy { $0.battle == nil })
    }

    @Test("gives exactly one final blow, and damage that adds up")
    func damage() {
        for kill in Self.many {
            #expect(kill.attackers.filter(\.finalBlow).count == 1)
            #expect(kill.attackers.map(\.damage).reduce(0, +) == kill.damageTaken)
            #expect(kill.attackers.allSatisfy { $0.damage >= 0 })
        }
    }

    @Test("fleet fights: dozens of losses, pods, logistics without damage, a third party after the middle")
    func fleetFights() throws {
        let fights = battles.filter { $0.key.hasPrefix("fleet-fight") && $0.value.count >= 30 }.sorted { $0.key < $1.key }
            .map { $0.value.sorted { $0.time < $1.time } }
        #expect(fights.count > 1)
        func alliances(_ kills: some Sequence<GeneratedKill>) -> Set<Int> {
            Set(parties(Array(kills)).compactMap { Self.universe.corporations[$0].alliance })
        }
        for fight in fights {
            #expect(fight.contains { Self.universe.catalogue.types[$0.victim.ship].id == Catalogue.capsuleID })
            #expect(fight.contains { $0.attackers.contains { $0.damage == 0 } })
            #expect(alliances(fight.prefix(fight.count / 4)).count == 2)
        }
        // A third party comes to most of them.
        #expect(fights.count { alliances($0).count == 3 } * 2 > fights.count)
    }

    @Test("two unrelated fights in one system at one time share no party")
    func twoFights() throws {
        let label = try #require(battles.keys.first { $0.hasPrefix("two-fights") && $0.hasSuffix("a") })
        let one = try #require(battles[label])
        let other = try #require(battles[String(label.dropLast()) + "b"])
        #expect(one[0].system == other[0].system)
        #expect(parties(one).isDisjoint(with: parties(other)))
        #expect(abs(one.map(\.time).min()! - other.map(\.time).min()!) < 300)
    }

    @Test("a rematch: the same alliances hours later, with other pilots")
    func rematch() throws {
        let labels = battles.keys.filter { $0.hasPrefix("rematch") && $0.hasSuffix("a") }
        let label = try #require(labels.first { battles[String($0.dropLast()) + "b"] != nil })
        let first = try #require(battles[label])
        let second = try #require(battles[String(label.dropLast()) + "b"])
        #expect(second.map(\.time).min()! - first.map(\.time).max()! > 3600)
        func pilots(_ kills: [GeneratedKill]) -> Set<Int> {
            Set(kills.flatMap { $0.attackers.compactMap(\.party.character) + [$0.victim.character].compactMap { $0 } })
        }
        #expect(pilots(first).isDisjoint(with: pilots(second)))
        #expect(!parties(first).isDisjoint(with: parties(second)))
    }

    @Test("quiet minutes: one battle with a pause longer than a quarter of an hour")
    func quietMinutes() throws {
        let kills = try #require(battles.first { $0.key.hasPrefix("quiet-minutes") && $0.value.count > 8 }).value
        let times = kills.map(\.time).sorted()
        #expect(zip(times.dropFirst(), times).map { $0 - $1 }.max()! > 15 * 60)
    }

    @Test("empty hulls: one corporation on both sides, nobody aboard, dozens in seconds")
    func emptyHulls() throws {
        let kills = try #require(battles.first { $0.key.hasPrefix("empty-hulls") && $0.value.count > 30 }).value
        #expect(kills.allSatisfy { $0.victim.character == nil && $0.victim.corporation == $0.attackers[0].party.corporation })
        #expect(kills.map(\.time).max()! - kills.map(\.time).min()! < 10)
    }

    @Test("structures die without a pilot to dozens of attackers, awoxers share the corporation, rats are alone")
    func others() throws {
        let catalogue = Self.universe.catalogue
        let structure = try #require(Self.many.first { catalogue.types[$0.victim.ship].categoryID == 65 })
        #expect(structure.victim.character == nil && structure.victim.corporation != nil && structure.attackers.count > 15)
        let awox = try #require(Self.many.first { $0.scenario == .awox })
        #expect(awox.attackers[0].party.corporation == awox.victim.corporation)
        let npc = try #require(Self.many.first { $0.scenario == .npc })
        #expect(npc.attackers.allSatisfy { $0.party.character == nil && $0.party.faction != nil })
        let camps = battles.filter { $0.key.hasPrefix("gate-camp") && $0.value.count > 10 }.map { $0.value.map(\.time) }
        let longest = try #require(camps.map { $0.max()! - $0.min()! }.max())
        #expect(longest > 3600)
    }

    @Test("fights of different label keep apart in one system unless they are meant to meet")
    func apart() {
        let bySystem = Dictionary(grouping: Self.many.filter { $0.battle != nil && $0.scenario != .twoFights }, by: \.system)
        var meetings = 0
        for kills in bySystem.values {
            let sorted = kills.sorted { $0.time < $1.time }
            for (one, other) in zip(sorted, sorted.dropFirst()) where one.battle != other.battle && other.time - one.time < 3600 {
                meetings += 1
            }
        }
        #expect(meetings == 0)
    }

    @Test("every killmail reads as one, with a hash that can be computed from it")
    func hashes() throws {
        let renderer = KillmailRenderer(universe: Self.universe, epoch: evening)
        let decoder = KillmailDecoder(now: Date(timeIntervalSince1970: Double(evening) + 10 * 86400))
        for generated in Self.many.prefix(700) {
            let kill = renderer.render(generated)
            let decoded = try decoder.decode(kill.esi)
            #expect(decoded.id.rawValue == kill.id)
            #expect(KillmailHash.compute(decoded) == kill.hash)
            #expect(decoded.attackers.count == generated.attackers.count)
        }
    }
}
