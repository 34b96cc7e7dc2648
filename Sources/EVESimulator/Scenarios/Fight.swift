/// Turns fleets into losses: who dies when, who shot, with how much of the damage.
struct Fight {
    let universe: Universe
    let system: Int
    let scenario: Scenario
    let battle: String?
    var random: SimulatorRandom
    private(set) var kills: [GeneratedKill] = []

    init(universe: Universe, system: Int, scenario: Scenario, battle: String?, random: SimulatorRandom) {
        self.universe = universe
        self.system = system
        self.scenario = scenario
        self.battle = battle
        self.random = random
    }

    func party(_ character: Int, in ship: Int) -> GeneratedKill.Party {
        GeneratedKill.Party(
            character: character, corporation: universe.characters[character].corporation, faction: nil, ship: ship)
    }

    /// Seconds at which `count` ships die: bursts of seconds, pauses of minutes, none longer than `longestGap`.
    mutating func moments(count: Int, from start: Int64, longestGap: Int64 = 540) -> [Int64] {
        var time = start
        var result: [Int64] = []
        for _ in 0..<count {
            result.append(time)
            let gap =
                random.chance(0.75) ? random.int(1...15) : random.chance(0.85) ? random.int(16...120) : random.int(121...540)
            time += min(Int64(gap), longestGap)
        }
        return result
    }

    /// One loss of `fleet` to some of `enemies`, and perhaps the pod.
    mutating func lose(
        from fleet: inout Fleet, to enemies: [Fleet.Member], at time: Int64, pods: Double = 0.45, friendly: Fleet.Member? = nil
    ) {
        guard !enemies.isEmpty, let member = fleet.loseOne(&random) else { return }
        let ship = universe.catalogue.types[member.ship]
        var shooters = random.sample(enemies, max(1, Int((Double(enemies.count) * random.double(0.35...0.95)).rounded())))
        if let friendly, friendly.character != member.character { shooters.append(friendly) }
        add(victim: party(member.character, in: member.ship), hitPoints: ship.hitPoints, shooters: shooters, at: time)
        guard random.chance(pods), ship.categoryID == 6 else { return }
        let few = random.sample(shooters.filter { $0.role != .logistics }, random.int(1...3))
        let pod = universe.catalogue.indices(.capsule)[0]
        add(
            victim: party(member.character, in: pod), hitPoints: 440, shooters: few.isEmpty ? [shooters[0]] : few,
            at: time + Int64(random.int(3...45)))
    }

    /// Records a loss. Logistics and some of the crowd are on the mail without damage; exactly one has the final blow.
    mutating func add(
        victim: GeneratedKill.Party, hitPoints: Int, shooters: [Fleet.Member], rats: [GeneratedKill.Party] = [], at time: Int64
    ) {
        let damage = Int64(Double(hitPoints) * random.double(0.9...1.35))
        var attackers = shooters.map { shooter in
            GeneratedKill.Attacker(party: party(shooter.character, in: shooter.ship), weapon: weapon(of: shooter), damage: 0)
        }
        attackers += rats.map { GeneratedKill.Attacker(party: $0, weapon: nil, damage: 0) }
        var weights = attackers.indices.map { index -> Double in
            let isLogistics = index < shooters.count && shooters[index].role == .logistics
            return isLogistics || random.chance(0.06) ? 0 : random.double(0.2...1)
        }
        if !weights.contains(where: { $0 > 0 }) { weights[0] = 1 }
        let total = weights.reduce(0, +)
        var left = damage
        for index in attackers.indices {
            attackers[index].damage = Int64(Double(damage) * weights[index] / total)
            left -= attackers[index].damage
        }
        let hitters = attackers.indices.filter { weights[$0] > 0 }
        let last = random.pick(hitters)
        attackers[last].damage += left
        attackers[last].finalBlow = true
        attackers.sort { $0.damage > $1.damage }
        kills.append(
            GeneratedKill(
                time: time, publishAt: time, system: system, victim: victim, damageTaken: damage, attackers: attackers,
                items: items(aboard: victim), battle: battle, scenario: scenario))
    }

    private mutating func weapon(of shooter: Fleet.Member) -> Int? {
        // As on real mails: sometimes the hull itself stands for the weapon, rarely nothing does.
        if random.chance(0.01) { return nil }
        return shooter.role == .logistics || random.chance(0.1) ? shooter.ship : random.pick(universe.catalogue.indices(.weapon))
    }

    private mutating func items(aboard victim: GeneratedKill.Party) -> [GeneratedKill.Item] {
        let category = universe.catalogue.types[victim.ship].categoryID
        guard category == 6, universe.catalogue.types[victim.ship].groupID != 29 else { return [] }
        // Flags of the slots: low 11, medium 19, high 27, cargo 5.
        return (0..<random.int(2...7)).map { number in
            let flag = [27, 28, 19, 20, 11, 12, 5][number % 7]
            let type = random.pick(universe.catalogue.indices(flag >= 27 ? .weapon : .module))
            let quantity = Int64(flag == 5 ? random.int(20...900) : 1)
            return GeneratedKill.Item(
                flag: flag, type: type, destroyed: random.chance(0.55) ? quantity : 0, dropped: quantity)
        }.map { item in
            var item = item
            if item.destroyed > 0 { item.dropped = 0 }
            return item
        }
    }
}
