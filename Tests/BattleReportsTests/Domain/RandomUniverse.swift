import EVE
import KernelTesting

@testable import BattleReports

/// Random kills that are likely to meet: few systems, few parties, bursts with quiet times of about a bridge's length.
struct RandomUniverse {
    let kills: [ClusterKill]

    init(seed: UInt64, count: Int) {
        var random = SeededGenerator(seed: seed)
        let systems: [SolarSystemID] = [30_000_142, 31_000_005, 32_000_001]
        var clocks = [Int64](repeating: 0, count: systems.count)
        kills = (0..<count).map { index in
            let slot = Int.random(in: 0..<20, using: &random) == 0 ? 2 : Int.random(in: 0..<2, using: &random)
            clocks[slot] += Bool.random(using: &random) ? Int64.random(in: 0...3, using: &random) * 60 : 0
            if Int.random(in: 0..<6, using: &random) == 0 { clocks[slot] += Int64.random(in: 0...40, using: &random) * 60 }
            let parties = (0..<Int.random(in: 0...3, using: &random)).map { _ in Int64.random(in: 1...9, using: &random) }
            let pilots = parties.map { $0 * 100 + Int64.random(in: 0...4, using: &random) }
            let scuttled = !pilots.isEmpty && Int.random(in: 0..<8, using: &random) == 0
            return ClusterKill(
                id: KillmailID(1_000 + Int64(index * 7_919 % 1_000_003)), time: clocks[slot], solarSystemID: systems[slot],
                parties: scuttled ? Array(parties.prefix(1)) : parties, pilots: scuttled ? Array(pilots.prefix(1)) : pilots,
                overlapParties: parties, isScuttled: scuttled)
        }
    }

    /// The kills with repeats, in another order, in batches of 1 to 9: mostly in time order with late ones, or wholly mixed.
    func arrivals(seed: UInt64) -> [[ClusterKill]] {
        var random = SeededGenerator(seed: seed)
        let mixed = Bool.random(using: &random)
        var delayed: [(Int, ClusterKill)] = []
        for (index, kill) in kills.enumerated() {
            let late = Int.random(in: 0..<10, using: &random) == 0
            let delay =
                mixed ? Int.random(in: 0..<kills.count, using: &random) : late ? Int.random(in: 0..<200, using: &random) : 0
            delayed.append((index + delay, kill))
            if Int.random(in: 0..<5, using: &random) == 0 { delayed.append((index + delay + 30, kill)) }
        }
        let stream = delayed.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }.map(\.1)
        var batches: [[ClusterKill]] = []
        var start = 0
        while start < stream.count {
            let end = min(stream.count, start + Int.random(in: 1...9, using: &random))
            batches.append(stream[start..<end].shuffled(using: &random))
            start = end
        }
        return batches
    }
}
