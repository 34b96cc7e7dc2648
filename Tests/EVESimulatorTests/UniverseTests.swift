import EVE
import Testing

@testable import EVESimulator

@Suite("The invented universe")
struct UniverseTests {
    let universe = Universe(seed: 1)

    @Test("has every kind of space, with ids in the ranges that CCP uses")
    func ranges() {
        #expect(Set(universe.systems.map(\.kind)) == Set(SecurityType.allCases))
        for system in universe.systems {
            let byRange = SolarSystemID(system.id).securityTypeByRange
            switch system.kind {
            case .wormhole, .abyssal, .void: #expect(byRange == system.kind)
            case .pochven: #expect(system.regionID == 10_000_070)
            case .highsec: #expect(system.security >= 0.45)
            case .lowsec: #expect(system.security > 0 && system.security < 0.45)
            case .nullsec: #expect(system.security <= 0)
            }
        }
        #expect(universe.alliances.allSatisfy { (99_000_000..<100_000_000).contains($0.id) })
        #expect(universe.corporations.allSatisfy { (98_000_000..<99_000_000).contains($0.id) })
        #expect(universe.characters.allSatisfy { !CharacterID($0.id).isNPC })
    }

    @Test("gives every id and every name once")
    func unique() {
        let ids = universe.systems.map(\.id) + universe.characters.map(\.id) + universe.catalogue.types.map(\.id)
        #expect(Set(ids).count == ids.count)
        let names = universe.characters.map(\.name) + universe.alliances.map(\.name) + universe.corporations.map(\.name)
        #expect(Set(names).count == names.count)
        #expect((200...420).contains(universe.systems.count))
        #expect(universe.catalogue.types.count >= 60)
    }

    @Test("is the same for the same seed and another for another")
    func deterministic() {
        let again = Universe(seed: 1)
        #expect(again.characters.map(\.name) == universe.characters.map(\.name))
        #expect(again.systems.map(\.security) == universe.systems.map(\.security))
        #expect(Universe(seed: 2).characters.map(\.name) != universe.characters.map(\.name))
    }

    @Test("connects every system of known space by stargates that lead both ways")
    func gates() {
        let byID = Dictionary(uniqueKeysWithValues: universe.systems.map { ($0.id, $0) })
        for system in universe.systems where system.kind.spaceType == .kspace {
            #expect(!system.links.isEmpty)
            for other in system.links { #expect(byID[other]?.links.contains(system.id) == true) }
        }
    }
}
