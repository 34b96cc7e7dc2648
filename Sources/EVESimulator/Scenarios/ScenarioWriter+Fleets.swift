/// Fights of fleet against fleet.
extension ScenarioWriter {
    mutating func fleetFight(at start: Int64) -> [GeneratedKill] {
        let losses = random.int(35...90)
        let end = start + 3 * 3600
        let system = stage.system(Self.battlefields, from: start, until: end, &random)
        var fight = fight(.fleetFight, in: system, battle: label(.fleetFight))
        let size = random.int(35...70)
        let doctrine: Fleet.Doctrine = random.chance(0.15) ? .capitals : random.chance(0.5) ? .battleships : .cruisers
        let one = stage.alliance(from: start, until: end, &random)
        let other = stage.alliance(from: start, until: end, &random)
        let third = stage.alliance(from: start, until: end, &random)
        var fleets = [fleet(pilots(ofAlliance: one, size), doctrine), fleet(pilots(ofAlliance: other, size), .battleships)]
        var vultures = fleet(pilots(ofAlliance: third, random.int(8...18)), .cruisers)
        let bias = random.double(0.3...0.7)
        for (number, time) in fight.moments(count: losses, from: start).enumerated() {
            let loser = random.chance(bias) ? 0 : 1
            // The third party comes when half is over and shoots both; sometimes it loses a ship itself.
            let late = number > losses / 2
            if late, random.chance(0.12) {
                fight.lose(from: &vultures, to: fleets[loser].members, at: time)
            } else if late, random.chance(0.3) {
                fight.lose(from: &fleets[loser], to: vultures.members, at: time)
            } else {
                // Now and then a corporation mate's smart bomb is on the mail.
                let friendly = random.chance(0.04) ? fleets[loser].members.first : nil
                fight.lose(from: &fleets[loser], to: fleets[1 - loser].members, at: time, friendly: friendly)
            }
        }
        return finish(fight)
    }

    mutating func skirmish(at start: Int64) -> [GeneratedKill] {
        let end = start + 3600
        let kinds = random.chance(0.15) ? Self.kspace : Self.battlefields
        let system = stage.system(kinds, from: start, until: end, &random)
        return duel(.skirmish, in: system, at: start, losses: random.int(2...7), battle: label(.skirmish))
    }

    /// Two corporations in one system.
    mutating func duel(
        _ scenario: Scenario, in system: Int, at start: Int64, losses: Int, battle: String, pauses: [Int: Int64] = [:]
    ) -> [GeneratedKill] {
        var fight = fight(scenario, in: system, battle: battle)
        let end = start + 2 * 3600
        let one = stage.corporation(from: start, until: end, &random)
        let other = stage.corporation(from: start, until: end, &random)
        let doctrine = random.pick([Fleet.Doctrine.frigates, .cruisers, .battleships])
        var fleets = [
            fleet(pilots(ofCorporation: one, losses + random.int(2...5)), doctrine),
            fleet(pilots(ofCorporation: other, losses + random.int(2...5)), .cruisers),
        ]
        var pause: Int64 = 0
        for (number, time) in fight.moments(count: losses, from: start).enumerated() {
            pause += pauses[number] ?? 0
            let loser = random.chance(0.6) ? 0 : 1
            fight.lose(from: &fleets[loser], to: fleets[1 - loser].members, at: time + pause)
        }
        return finish(fight)
    }

    mutating func twoFights(at start: Int64) -> [GeneratedKill] {
        let system = stage.system(Self.kspace, from: start, until: start + 2 * 3600, &random)
        let first = duel(.twoFights, in: system, at: start, losses: random.int(6...10), battle: label(.twoFights, "a"))
        let second = duel(.twoFights, in: system, at: start + 45, losses: random.int(6...10), battle: label(.twoFights, "b"))
        return first + second
    }

    mutating func quietMinutes(at start: Int64) -> [GeneratedKill] {
        let losses = random.int(12...20)
        let system = stage.system(Self.battlefields, from: start, until: start + 2 * 3600, &random)
        let pause = Int64(random.int(18 * 60...25 * 60))
        return duel(
            .quietMinutes, in: system, at: start, losses: losses, battle: label(.quietMinutes), pauses: [losses / 2: pause])
    }

    mutating func rematch(at start: Int64) -> [GeneratedKill] {
        let again = start + Int64(random.int(9000...14_400))
        let system = stage.system(Self.battlefields, from: start, until: again + 2 * 3600, &random)
        let alliances = (0..<2).map { _ in stage.alliance(from: start, until: again + 7200, &random) }
        let pools = alliances.map { alliance in
            random.shuffled(universe.alliances[alliance].corporations.flatMap { universe.corporations[$0].members })
        }
        var kills: [GeneratedKill] = []
        for (round, time) in [start, again].enumerated() {
            var fight = fight(.rematch, in: system, battle: label(.rematch, round == 0 ? "a" : "b"))
            let doctrine: Fleet.Doctrine = round == 0 ? .cruisers : .battleships
            var fleets = pools.map { pool in
                let half = pool.count / 2
                return fleet(Array((round == 0 ? pool.prefix(half) : pool.suffix(half)).prefix(20)), doctrine)
            }
            for moment in fight.moments(count: random.int(8...14), from: time) {
                let loser = random.chance(0.5) ? 0 : 1
                fight.lose(from: &fleets[loser], to: fleets[1 - loser].members, at: moment)
            }
            kills += finish(fight)
        }
        return kills
    }

    mutating func finish(_ fight: Fight) -> [GeneratedKill] {
        if let last = fight.kills.map(\.time).max() { stage.extend(system: fight.system, until: last) }
        return Self.labelled(fight.kills)
    }
}
