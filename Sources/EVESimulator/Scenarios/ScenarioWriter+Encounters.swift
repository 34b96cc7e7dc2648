/// Everything that is no fight of fleet against fleet.
extension ScenarioWriter {
    mutating func gateCamp(at start: Int64) -> [GeneratedKill] {
        let end = start + 3 * 3600
        let system = stage.system(["lowsec", "nullsec"], from: start, until: end, &random)
        let corporation = stage.corporation(from: start, until: end, &random)
        var fight = fight(.gateCamp, in: system, battle: label(.gateCamp))
        let campers = fleet(pilots(ofCorporation: corporation, random.int(5...9)), .cruisers)
        var time = start
        let closing = start + Int64(random.int(5400...9000))
        while time < closing {
            let traveller = random.int(0...(universe.characters.count - 1))
            if universe.characters[traveller].corporation != corporation {
                var victim = fleet([traveller], random.pick([.frigates, .cruisers]))
                fight.lose(from: &victim, to: campers.members, at: time, pods: 0.7)
            }
            time += Int64(random.int(40...780))
        }
        return finish(fight)
    }

    mutating func solo(at start: Int64) -> [GeneratedKill] {
        let kinds: Set<String> = ["highsec", "lowsec", "nullsec", "wormhole", "pochven"]
        let system = stage.system(kinds, from: start, until: start, &random)
        let hunters = stage.corporation(from: start, until: start + 1200, &random)
        let prey = stage.corporation(from: start, until: start + 1200, &random)
        var fight = fight(.solo, in: system, battle: label(.solo))
        let gang = fleet(pilots(ofCorporation: hunters, random.chance(0.6) ? 1 : random.int(2...3)), .frigates)
        let pilot = pilots(ofCorporation: prey, 1)[0]
        let role = random.pick([Catalogue.Role.frigate, .destroyer, .cruiser, .hauler, .miner, .battlecruiser])
        let ship = random.pick(universe.catalogue.indices(role))
        fight.add(
            victim: fight.party(pilot, in: ship), hitPoints: universe.catalogue.types[ship].hitPoints, shooters: gang.members,
            at: start)
        if random.chance(0.25) {
            let pod = universe.catalogue.indices(.capsule)[0]
            fight.add(victim: fight.party(pilot, in: pod), hitPoints: 440, shooters: gang.members, at: start + 9)
        }
        return finish(fight)
    }

    mutating func awox(at start: Int64) -> [GeneratedKill] {
        let system = stage.system(Self.battlefields, from: start, until: start, &random)
        let corporation = stage.corporation(from: start, until: start + 1200, &random)
        let pair = pilots(ofCorporation: corporation, 2)
        var fight = fight(.awox, in: system, battle: label(.awox))
        let traitor = fleet([pair[0]], .cruisers)
        var victim = fleet([pair[1]], .battleships)
        fight.lose(from: &victim, to: traitor.members, at: start, pods: 0.5)
        return finish(fight)
    }

    mutating func npc(at start: Int64, _ scenario: Scenario, kinds: Set<String>) -> [GeneratedKill] {
        let system = stage.system(kinds, from: start, until: start, &random)
        let corporation = stage.corporation(from: start, until: start, &random)
        var fight = fight(scenario, in: system, battle: nil)
        let pilot = pilots(ofCorporation: corporation, 1)[0]
        let ship = random.pick(universe.catalogue.indices(random.pick([.frigate, .cruiser, .miner, .battleship])))
        let faction = random.int(0...(universe.factions.count - 1))
        let rats = (0..<random.int(1...5)).map { _ in
            GeneratedKill.Party(
                character: nil, corporation: nil, faction: faction, ship: random.pick(universe.catalogue.indices(.rat)))
        }
        fight.add(
            victim: fight.party(pilot, in: ship), hitPoints: universe.catalogue.types[ship].hitPoints, shooters: [], rats: rats,
            at: start)
        return finish(fight)
    }

    mutating func siege(at start: Int64) -> [GeneratedKill] {
        let end = start + 3 * 3600
        let system = stage.system(Self.battlefields, from: start, until: end, &random)
        let owner = stage.alliance(from: start, until: end, &random)
        let besieger = stage.alliance(from: start, until: end, &random)
        var fight = fight(.structure, in: system, battle: label(.structure))
        var attackers = fleet(pilots(ofAlliance: besieger, random.int(40...80)), .battleships)
        var defenders = fleet(pilots(ofAlliance: owner, random.int(12...25)), .cruisers)
        let times = fight.moments(count: random.int(10...22), from: start)
        for time in times {
            if random.chance(0.7) {
                fight.lose(from: &defenders, to: attackers.members, at: time)
            } else {
                fight.lose(from: &attackers, to: defenders.members, at: time)
            }
        }
        let structure = random.pick(universe.catalogue.indices(.structure))
        let holder = random.pick(universe.alliances[owner].corporations)
        fight.add(
            victim: GeneratedKill.Party(character: nil, corporation: holder, faction: nil, ship: structure),
            hitPoints: universe.catalogue.types[structure].hitPoints, shooters: attackers.members,
            at: (times.last ?? start) + Int64(random.int(60...600)))
        return finish(fight)
    }

    mutating func emptyHulls(at start: Int64) -> [GeneratedKill] {
        let system = stage.system(Self.kspace, from: start, until: start, &random)
        let corporation = stage.corporation(from: start, until: start + 1200, &random)
        var fight = fight(.emptyHulls, in: system, battle: label(.emptyHulls))
        let pilot = fleet(pilots(ofCorporation: corporation, 1), .battleships)
        let hull = universe.catalogue.indices(.rookie)[0]
        for number in 0..<random.int(40...90) {
            fight.add(
                victim: GeneratedKill.Party(character: nil, corporation: corporation, faction: nil, ship: hull), hitPoints: 600,
                shooters: pilot.members, at: start + Int64(number / 40))
        }
        return finish(fight)
    }
}
