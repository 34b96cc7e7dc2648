import EVE
import Foundation
import KernelTesting

/// Random killmails that are likely to meet: few systems, parties and ships, bursts with quiet times of about a bridge's
/// length; with hulls, rats, missing ships and values, and some in instanced space.
struct RandomWar {
    let killmails: [Killmail]

    init(seed: UInt64, count: Int) {
        var random = SeededGenerator(seed: seed)
        let systems: [SolarSystemID] = [30_000_142, 31_000_005, 32_000_001]
        var minutes = [1_000.0, 1_000, 1_000]
        var made: [Killmail] = []
        for index in 0..<count {
            let slot = Int.random(in: 0..<20, using: &random) == 0 ? 2 : Int.random(in: 0..<2, using: &random)
            minutes[slot] += Double(Int.random(in: 0...3, using: &random))
            if Int.random(in: 0..<6, using: &random) == 0 { minutes[slot] += Double(Int.random(in: 0...40, using: &random)) }
            let isHull = Int.random(in: 0..<8, using: &random) == 0
            let victim: Pilot = isHull ? .hull(of: Int64.random(in: 1...6, using: &random)) : Self.pilot(&random)
            var attackers = (0..<Int.random(in: 1...3, using: &random)).map { _ in Self.pilot(&random) }
            if Int.random(in: 0..<5, using: &random) == 0 { attackers.append(.npc) }
            let id = 1_000 + Int64(index * 7_919 % 100_003)
            let value: ISK? =
                Int.random(in: 0..<9, using: &random) == 0
                ? nil : ISK(hundredths: Int64.random(in: 0...5_000_000_000, using: &random))
            var mail = killmail(id, at: minutes[slot], victim: victim, attackers: attackers, system: systems[slot], value: value)
            let ships: [TypeID?] = [nil, 587, 588, 670]
            mail.victim.shipTypeID = ships.randomElement(using: &random) ?? nil
            for place in mail.attackers.indices { mail.attackers[place].shipTypeID = ships.randomElement(using: &random) ?? nil }
            made.append(mail)
        }
        killmails = made
    }

    private static func pilot(_ random: inout SeededGenerator) -> Pilot {
        var pilot = Pilot.of(Int64.random(in: 1...6, using: &random), Int64.random(in: 0...4, using: &random))
        // Some change sides between killmails.
        if Int.random(in: 0..<10, using: &random) == 0 { pilot.alliance = nil }
        if Int.random(in: 0..<10, using: &random) == 0 { pilot.corporation = 98_000_099 }
        return pilot
    }

    /// The killmails with repeats, mixed up, in batches of 1 to 9.
    func arrivals(seed: UInt64) -> [[Killmail]] {
        var random = SeededGenerator(seed: seed)
        let repeated = killmails.filter { _ in Int.random(in: 0..<5, using: &random) == 0 }
        let reach = Bool.random(using: &random) ? killmails.count : 8
        let keyed = (killmails + repeated).enumerated().map {
            ($0 % killmails.count + Int.random(in: 0..<reach, using: &random), $1)
        }
        var stream = keyed.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }.map(\.1)[...]
        var batches: [[Killmail]] = []
        while !stream.isEmpty {
            let size = Int.random(in: 1...9, using: &random)
            batches.append(stream.prefix(size).shuffled(using: &random))
            stream = stream.dropFirst(size)
        }
        return batches
    }
}
