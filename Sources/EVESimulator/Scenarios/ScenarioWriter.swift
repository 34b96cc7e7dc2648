/// Writes one scenario after another: chooses the place and the people, lets them fight, labels the losses.
struct ScenarioWriter {
    let universe: Universe
    var stage: Stage
    var random: SimulatorRandom
    private var written = 0

    static let kspace: Set<String> = ["highsec", "lowsec", "nullsec"]
    static let battlefields: Set<String> = ["lowsec", "nullsec", "wormhole", "pochven"]

    init(universe: Universe) {
        self.universe = universe
        stage = Stage(universe: universe)
        random = SimulatorRandom(seed: universe.seed, stream: 10)
    }

    mutating func write(_ scenario: Scenario, at start: Int64) -> [GeneratedKill] {
        written += 1
        switch scenario {
        case .fleetFight: return fleetFight(at: start)
        case .skirmish: return skirmish(at: start)
        case .gateCamp: return gateCamp(at: start)
        case .solo: return solo(at: start)
        case .awox: return awox(at: start)
        case .npc: return npc(at: start, .npc, kinds: ["highsec", "lowsec", "nullsec", "wormhole"])
        case .abyssal: return npc(at: start, .abyssal, kinds: ["abyssal", "void"])
        case .structure: return siege(at: start)
        case .twoFights: return twoFights(at: start)
        case .rematch: return rematch(at: start)
        case .quietMinutes: return quietMinutes(at: start)
        case .emptyHulls: return emptyHulls(at: start)
        case .recorded: return []
        }
    }

    func label(_ scenario: Scenario, _ part: String = "") -> String { "\(scenario.rawValue)-\(written)\(part)" }

    mutating func fight(_ scenario: Scenario, in system: Int, battle: String?) -> Fight {
        Fight(
            universe: universe, system: system, scenario: scenario, battle: battle,
            random: SimulatorRandom(seed: random.next()))
    }

    mutating func pilots(ofAlliance alliance: Int, _ count: Int) -> [Int] {
        random.sample(universe.alliances[alliance].corporations.flatMap { universe.corporations[$0].members }, count)
    }

    mutating func pilots(ofCorporation corporation: Int, _ count: Int) -> [Int] {
        random.sample(universe.corporations[corporation].members, count)
    }

    mutating func fleet(_ pilots: [Int], _ doctrine: Fleet.Doctrine) -> Fleet {
        Fleet(pilots: pilots, doctrine: doctrine, catalogue: universe.catalogue, random: &random)
    }

    /// A label is for fights; a loss on its own belongs to no battle.
    static func labelled(_ kills: [GeneratedKill]) -> [GeneratedKill] {
        guard kills.count == 1 else { return kills }
        var kills = kills
        kills[0].battle = nil
        return kills
    }
}
