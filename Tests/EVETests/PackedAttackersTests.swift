import KernelTesting
import Testing

@testable import EVE

@Suite("Packed attackers")
struct PackedAttackersTests {
    private typealias Attacker = Killmail.Attacker

    @Test("come back as they were, in their order, with whatever is missing or extreme", arguments: 0..<8)
    func roundTrip(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<500 {
            let attackers = Self.attackers(Int.random(in: 0...20, using: &random), &random)
            #expect(try PackedAttackers(attackers).unpacked() == attackers)
        }
        let largest = Self.attackers(3_753, &random)
        #expect(try PackedAttackers(largest).unpacked() == largest)
    }

    @Test("are the bytes that version 1 always was")
    func layout() throws {
        let pilot = Attacker(
            affiliation: .init(characterID: 2_112_000_000, corporationID: 98_000_001, allianceID: 99_000_001, factionID: 500_001),
            shipTypeID: 587, weaponTypeID: 2_488, damageDone: 300, finalBlow: true)
        let friend = Attacker(
            affiliation: .init(corporationID: 98_000_001, allianceID: 99_000_001, factionID: 500_001), shipTypeID: nil,
            weaponTypeID: nil, damageDone: 0)
        let rat = Attacker(affiliation: .init(), shipTypeID: 24_690, weaponTypeID: nil, damageDone: 127)
        let bytes: [UInt8] = [
            1, 3,  // version, attackers
            0xfd, 0x01,  // everything, and a group of its own
            0x80, 0xa0, 0x8a, 0xef, 0x07, 0x81, 0xb9, 0xdd, 0x2e, 0xc1, 0xbd, 0x9a, 0x2f, 0xa1, 0xc2, 0x1e,
            0xcb, 0x04, 0xb8, 0x13, 0xac, 0x02,
            0x02, 0x00,  // the same group, nothing else, no damage
            0x20, 0xf2, 0xc0, 0x01, 0x7f,  // a ship
        ]
        #expect(PackedAttackers([pilot, friend, rat]).bytes == bytes)
        #expect(try PackedAttackers(bytes: bytes).unpacked() == [pilot, friend, rat])
        #expect(PackedAttackers([]).bytes == [1, 0])
    }

    @Test("take 15 bytes each in a gang of one alliance")
    func size() {
        let gang = (0..<100).map { number in
            Attacker(
                affiliation: .init(
                    characterID: CharacterID(2_112_000_000 + number), corporationID: 98_000_001, allianceID: 99_000_001),
                shipTypeID: 24_690, weaponTypeID: 2_488, damageDone: 300)
        }
        let size = PackedAttackers(gang).bytes.count
        #expect(size <= 1_500, "\(size)")
    }

    @Test("cut off anywhere, or with something behind, are refused")
    func truncated() {
        var random = SeededGenerator(seed: 20)
        let bytes = PackedAttackers(Self.attackers(12, &random)).bytes
        for count in 0..<bytes.count { #expect(Self.failure(Array(bytes.prefix(count)))?.code == .truncated, "\(count)") }
        #expect(Self.failure(bytes + [0]) == PackedAttackersError(.malformed, offset: bytes.count))
    }

    @Test("that were never written are refused, and it is told why and where")
    func refused() {
        #expect(Self.failure([2, 0]) == PackedAttackersError(.unknownVersion, offset: 0))
        let lie: [UInt8] = [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0]
        #expect(Self.failure(lie) == PackedAttackersError(.truncated, offset: 11), "a count that no memory holds")
        let long = [UInt8](repeating: 0xff, count: 9)
        #expect(Self.failure([1, 1, 0] + long + [0x02]) == PackedAttackersError(.malformed, offset: 13), "65 bits")
        #expect(Self.failure([1, 1, 0x80, 0x02, 0]) == PackedAttackersError(.malformed, offset: 4), "a flag of nothing")
        #expect(Self.failure([1, 1, 0x02, 0]) == PackedAttackersError(.malformed, offset: 3), "the same as nobody")
        #expect(Self.failure([1, 2, 0, 0, 0x06, 1, 0]) == PackedAttackersError(.malformed, offset: 5), "same and not the same")
        #expect(PackedAttackersError(.malformed, offset: 13).description == "packed attackers: malformed at byte 13")
    }

    @Test("changed at random are refused or read as attackers that can be packed again", arguments: 0..<8)
    func mutated(seed: Int) throws {
        var random = SeededGenerator(seed: 100 + UInt64(seed))
        let original = PackedAttackers(Self.attackers(9, &random)).bytes
        for _ in 0..<4_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                }
            }
            guard let attackers = try? PackedAttackers(bytes: bytes).unpacked() else { continue }
            #expect(try PackedAttackers(attackers).unpacked() == attackers)
        }
    }

    private static func failure(_ bytes: [UInt8]) -> PackedAttackersError? {
        do {
            _ = try PackedAttackers(bytes: bytes).unpacked()
            return nil
        } catch { return error }
    }

    private static func attackers(_ count: Int, _ random: inout SeededGenerator) -> [Attacker] {
        let numbers: [Int64] = [0, 1, 127, 128, 16_383, 16_384, 98_000_001, 2_112_000_000, 1 << 32, 1 << 40, .max, -1, .min]
        var attackers: [Attacker] = []
        for _ in 0..<count {
            func number() -> Int64 { numbers.randomElement(using: &random) ?? 0 }
            func id<ID: Identifier>() -> ID? { Bool.random(using: &random) ? ID(number()) : nil }
            var own = Killmail.Affiliation(characterID: id(), corporationID: id(), allianceID: id(), factionID: id())
            // Often the group of the one before, or all of it but one id.
            if Bool.random(using: &random), let before = attackers.last?.affiliation {
                (own.corporationID, own.allianceID) = (before.corporationID, before.allianceID)
                if Bool.random(using: &random) { own.factionID = before.factionID }
            }
            attackers.append(
                Attacker(
                    affiliation: own, shipTypeID: id(), weaponTypeID: id(), damageDone: number(),
                    finalBlow: Int.random(in: 0..<5, using: &random) == 0))
        }
        return attackers
    }
}
