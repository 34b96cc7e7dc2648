extension Universe {
    private static let allianceCount = 36
    private static let independentCorporations = 60

    mutating func addOrganisations(_ names: inout NameMaker, _ random: inout SimulatorRandom) {
        let npcs = ["Rusty Comet Pirates", "Grey Market Collective", "Order of the Late Shift", "Unsorted Machines"]
        for (index, name) in npcs.enumerated() {
            factions.append(
                Faction(
                    id: 500_901 + Int64(index), name: name, corporationID: 1_000_901 + Int64(index),
                    corporationName: "\(name) Reserve", corporationTicker: "NPC\(index + 1)"))
        }
        for index in 0..<Self.allianceCount {
            let name = names.alliance()
            alliances.append(Alliance(id: 99_500_001 + Int64(index), name: name, ticker: names.ticker(for: name)))
            for _ in 0..<random.int(2...5) { addCorporation(in: index, members: random.int(20...45), &names, &random) }
        }
        for _ in 0..<Self.independentCorporations {
            addCorporation(in: nil, members: random.int(10...22), &names, &random)
        }
    }

    private mutating func addCorporation(
        in alliance: Int?, members: Int, _ names: inout NameMaker, _ random: inout SimulatorRandom
    ) {
        let index = corporations.count
        let name = names.corporation()
        var corporation = Corporation(
            id: 98_500_001 + Int64(index), name: name, ticker: names.ticker(for: name), alliance: alliance)
        for _ in 0..<members {
            corporation.members.append(characters.count)
            // Both ranges in which characters of today lie.
            let id = Int64(characters.count) + (random.chance(0.3) ? 95_500_001 : 2_115_500_001)
            let status = (random.double(-10...5) * 10).rounded() / 10
            characters.append(Character(id: id, name: names.character(), corporation: index, securityStatus: status))
        }
        corporations.append(corporation)
        if let alliance { alliances[alliance].corporations.append(index) }
    }
}
