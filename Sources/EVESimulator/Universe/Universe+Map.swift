internal import EVE

extension Universe {
    /// How many regions, constellations and systems of each kind; `security` is drawn from the range.
    private struct Plan {
        let kind: SecurityType
        let regionIDs: [Int64]
        let constellations: Int
        let systems: Int
        let firstConstellation: Int64
        let firstSystem: Int64
        let security: ClosedRange<Double>
        let wormholeClasses: [Int]
    }

    private static let plans = [
        Plan(
            kind: .highsec, regionIDs: [10_000_901, 10_000_902], constellations: 4, systems: 8, firstConstellation: 20_000_901,
            firstSystem: 30_090_001, security: 0.45...0.98, wormholeClasses: [7]),
        Plan(
            kind: .lowsec, regionIDs: [10_000_903, 10_000_904], constellations: 5, systems: 8, firstConstellation: 20_000_921,
            firstSystem: 30_090_201, security: 0.01...0.4499, wormholeClasses: [8]),
        Plan(
            kind: .nullsec, regionIDs: [10_000_905, 10_000_906, 10_000_907], constellations: 5, systems: 8,
            firstConstellation: 20_000_941, firstSystem: 30_090_401, security: -0.99 ... -0.01, wormholeClasses: [9]),
        Plan(
            kind: .wormhole, regionIDs: [11_000_001, 11_000_004, 11_000_016], constellations: 4, systems: 7,
            firstConstellation: 21_000_001, firstSystem: 31_000_101, security: -0.99 ... -0.99, wormholeClasses: [2, 4, 6]),
        Plan(
            kind: .pochven, regionIDs: [10_000_070], constellations: 3, systems: 3, firstConstellation: 20_000_787,
            firstSystem: 0, security: -0.99 ... -0.99, wormholeClasses: [25]),
        Plan(
            kind: .abyssal, regionIDs: [12_000_001], constellations: 1, systems: 6, firstConstellation: 22_000_001,
            firstSystem: 32_000_001, security: -0.99 ... -0.99, wormholeClasses: [19]),
        Plan(
            kind: .void, regionIDs: [14_000_001], constellations: 1, systems: 3, firstConstellation: 24_000_001,
            firstSystem: 34_000_001, security: -0.99 ... -0.99, wormholeClasses: [20]),
    ]

    /// Pochven is known by its region and, to some programs, by these ids: three systems of each of its constellations.
    private static let pochvenSystems: [Int64] = [
        30_000_157, 30_000_192, 30_001_372, 30_000_021, 30_001_413, 30_002_225, 30_000_206, 30_001_381, 30_002_652,
    ]

    mutating func addMap(_ names: inout NameMaker, _ random: inout SimulatorRandom) {
        for plan in Self.plans {
            var nextConstellation = plan.firstConstellation
            var nextSystem = 0
            for (number, regionID) in plan.regionIDs.enumerated() {
                let wormholeClass = plan.wormholeClasses[number % plan.wormholeClasses.count]
                regions.append(
                    Region(
                        id: regionID, name: regionName(plan.kind, number, &names), kind: plan.kind, wormholeClass: wormholeClass))
                for _ in 0..<plan.constellations {
                    constellations.append(
                        Constellation(id: nextConstellation, name: names.place(), regionID: regionID))
                    addSystems(plan, constellation: nextConstellation, region: regionID, from: &nextSystem, &names, &random)
                    nextConstellation += 1
                }
            }
        }
    }

    private func regionName(_ kind: SecurityType, _ number: Int, _ names: inout NameMaker) -> String {
        switch kind {
        case .wormhole: "\(["B", "D", "F"][number % 3])-R0000\(number + 1)"
        case .abyssal: "ADR0\(number + 1)"
        case .void: "VR-0\(number + 1)"
        case .highsec, .lowsec, .nullsec, .pochven: names.place()
        }
    }

    private mutating func addSystems(
        _ plan: Plan, constellation: Int64, region: Int64, from next: inout Int, _ names: inout NameMaker,
        _ random: inout SimulatorRandom
    ) {
        let first = systems.count
        for _ in 0..<plan.systems {
            let id = plan.kind == .pochven ? Self.pochvenSystems[next] : plan.firstSystem + Int64(next)
            let name =
                switch plan.kind {
                case .wormhole: names.wormhole()
                case .abyssal: "AD00\(next + 1)"
                case .void: "V-00\(next + 1)"
                case .highsec, .lowsec, .nullsec, .pochven: names.place()
                }
            let position = Position(
                x: random.double(-4e17...4e17).rounded(), y: random.double(-1e17...1e17).rounded(),
                z: random.double(-4e17...4e17).rounded())
            systems.append(
                SolarSystem(
                    id: id, name: name, constellationID: constellation, regionID: region, kind: plan.kind,
                    security: (random.double(plan.security) * 1e6).rounded() / 1e6, position: position))
            next += 1
        }
        guard plan.kind.spaceType == .kspace else { return }
        // A ring inside the constellation, and one gate to the constellation before.
        for index in first..<systems.count {
            let neighbour = index + 1 < systems.count ? index + 1 : first
            link(index, neighbour)
        }
        if first > 0, systems[first - 1].kind.spaceType == .kspace { link(first, first - 1) }
    }

    private mutating func link(_ one: Int, _ other: Int) {
        systems[one].links.append(systems[other].id)
        systems[other].links.append(systems[one].id)
    }
}
