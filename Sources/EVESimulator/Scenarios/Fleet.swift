/// Pilots on one side of a fight, each in a ship until it is lost.
struct Fleet {
    struct Member {
        let character: Int
        let ship: Int
        let role: Catalogue.Role
    }

    private(set) var members: [Member]

    /// Takes out and returns a random member.
    mutating func loseOne(_ random: inout SimulatorRandom) -> Member? {
        guard !members.isEmpty else { return nil }
        return members.remove(at: random.int(0...(members.count - 1)))
    }

    /// What people fly together.
    enum Doctrine: CaseIterable {
        case frigates, cruisers, battleships, capitals

        var roles: [(role: Catalogue.Role, share: Double)] {
            switch self {
            case .frigates: [(.frigate, 0.7), (.destroyer, 0.25), (.logistics, 0.05)]
            case .cruisers: [(.cruiser, 0.62), (.logistics, 0.13), (.frigate, 0.13), (.destroyer, 0.05), (.battlecruiser, 0.07)]
            case .battleships: [(.battleship, 0.6), (.logistics, 0.15), (.destroyer, 0.1), (.frigate, 0.1), (.cruiser, 0.05)]
            case .capitals: [(.capital, 0.35), (.battleship, 0.35), (.logistics, 0.15), (.destroyer, 0.15)]
            }
        }
    }

    init(pilots: [Int], doctrine: Doctrine, catalogue: Catalogue, random: inout SimulatorRandom) {
        // A doctrine is one hull for each task, not a random mix.
        var hulls: [Catalogue.Role: Int] = [:]
        for (role, _) in doctrine.roles { hulls[role] = random.pick(catalogue.indices(role)) }
        members = []
        for pilot in pilots {
            var draw = random.double()
            var chosen = doctrine.roles[0].role
            for (role, share) in doctrine.roles {
                chosen = role
                draw -= share
                if draw < 0 { break }
            }
            members.append(Member(character: pilot, ship: hulls[chosen] ?? 0, role: chosen))
        }
    }
}
