internal import EVE

/// Who and where is free: keeps fights that have nothing to do with each other from meeting by accident, since then
/// nobody could say which battle is the true one.
struct Stage {
    private let universe: Universe
    private var systemBusyUntil: [Int64]
    private var allianceBusyUntil: [Int64]
    private var corporationBusyUntil: [Int64]
    /// Seconds that a system rests before and after a fight; longer than any sensible clustering window.
    private static let rest: Int64 = 75 * 60

    init(universe: Universe) {
        self.universe = universe
        systemBusyUntil = Array(repeating: .min, count: universe.systems.count)
        allianceBusyUntil = Array(repeating: .min, count: universe.alliances.count)
        corporationBusyUntil = Array(repeating: .min, count: universe.corporations.count)
    }

    /// A system of one of the kinds in which nothing has happened for a while; the longest unused one when all are busy.
    mutating func system(_ kinds: Set<String>, from start: Int64, until end: Int64, _ random: inout SimulatorRandom) -> Int {
        let candidates = universe.systems.indices.filter { kinds.contains(universe.systems[$0].kind.rawValue) }
        let chosen = Self.choose(candidates, busyUntil: systemBusyUntil, from: start, &random)
        systemBusyUntil[chosen] = max(systemBusyUntil[chosen], end + Self.rest)
        return chosen
    }

    mutating func extend(system: Int, until end: Int64) {
        systemBusyUntil[system] = max(systemBusyUntil[system], end + Self.rest)
    }

    mutating func alliance(from start: Int64, until end: Int64, _ random: inout SimulatorRandom) -> Int {
        let chosen = Self.choose(Array(universe.alliances.indices), busyUntil: allianceBusyUntil, from: start, &random)
        allianceBusyUntil[chosen] = max(allianceBusyUntil[chosen], end)
        for corporation in universe.alliances[chosen].corporations {
            corporationBusyUntil[corporation] = max(corporationBusyUntil[corporation], end)
        }
        return chosen
    }

    /// A corporation, with an alliance or without, that is in no other fight.
    mutating func corporation(from start: Int64, until end: Int64, _ random: inout SimulatorRandom) -> Int {
        let chosen = Self.choose(Array(universe.corporations.indices), busyUntil: corporationBusyUntil, from: start, &random)
        corporationBusyUntil[chosen] = max(corporationBusyUntil[chosen], end)
        if let alliance = universe.corporations[chosen].alliance {
            allianceBusyUntil[alliance] = max(allianceBusyUntil[alliance], end)
            for other in universe.alliances[alliance].corporations {
                corporationBusyUntil[other] = max(corporationBusyUntil[other], end)
            }
        }
        return chosen
    }

    private static func choose(
        _ candidates: [Int], busyUntil: [Int64], from start: Int64, _ random: inout SimulatorRandom
    ) -> Int {
        for _ in 0..<24 {
            let candidate = random.pick(candidates)
            if busyUntil[candidate] < start { return candidate }
        }
        return candidates.min { busyUntil[$0] < busyUntil[$1] } ?? 0
    }
}
