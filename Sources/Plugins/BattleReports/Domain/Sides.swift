public import EVE

/// The sides of a battle, from who shot whom and who shot together.
///
/// Two sides, unless they leave much of the shooting unexplained and more sides explain most of it. Who has no ties to
/// anybody (killed by NPCs or his own only) is third party.
public struct Sides: Sendable, Hashable {
    /// Where an entity stands and why.
    public struct Assignment: Sendable, Hashable {
        /// From 0, the side with most pilots first; `nil` for third party.
        public let side: Int?
        /// The share of the entity's ties that agree with its side, 0 to 1.
        public let confidence: Double
        /// The ties that decided it, the heaviest first.
        public let evidence: [Evidence]
    }

    /// What ties an entity to another one. The weights are comparable within one battle only.
    public struct Evidence: Sendable, Hashable {
        public let other: SideEntity
        public let together: Int64
        public let against: Int64
    }

    public let assignments: [SideEntity: Assignment]
    public let sideCount: Int
    /// The share of all ties that the sides contradict, 0 to 1.
    public let contradiction: Double

    /// False if the sides do not describe the battle: more than a fifth of the shooting contradicts them.
    public var describesBattle: Bool { contradiction <= 0.2 }

    /// Up to this share of contradicted ties two sides are good enough.
    private static let tolerated = 0.2
    private static let mostSides = 4
    private static let mostEvidence = 10

    /// - Parameter killmails: of one battle, in any order; repeats by id count once.
    public init(of killmails: [Killmail]) {
        var seen: Set<KillmailID> = []
        let unique = killmails.filter { seen.insert($0.id).inserted }
        let graph = SideGraph(unique)
        var count = 2
        var sides = SideSearch(graph: graph, sideCount: 2).best()
        var contradiction = Sides.contradiction(of: sides, in: graph)
        while count < Sides.mostSides, contradiction > Sides.tolerated {
            let more = SideSearch(graph: graph, sideCount: count + 1).best()
            let left = Sides.contradiction(of: more, in: graph)
            guard left < contradiction / 2 else { break }
            (count, sides, contradiction) = (count + 1, more, left)
        }
        let ranks = Sides.ranks(of: sides, graph: graph, killmails: unique)
        assignments = Dictionary(
            uniqueKeysWithValues: graph.entities.indices.map { index in
                (graph.entities[index], Sides.assignment(of: index, sides: sides, ranks: ranks, graph: graph))
            })
        sideCount = ranks.count
        self.contradiction = contradiction
    }

    private static func contradiction(of sides: [Int], in graph: SideGraph) -> Double {
        var all: Int64 = 0
        var wrong: Int64 = 0
        for (entity, ties) in graph.ties.enumerated() {
            for (other, tie) in ties {
                all += tie.together + tie.against
                wrong += sides[entity] == sides[other] ? tie.against : tie.together
            }
        }
        return all > 0 ? Double(wrong) / Double(all) : 0
    }

    /// Side to number: by falling number of pilots, then by the smallest entity. Sides without ties have none.
    private static func ranks(of sides: [Int], graph: SideGraph, killmails: [Killmail]) -> [Int: Int] {
        var pilots: [SideEntity: Set<CharacterID>] = [:]
        for mail in killmails {
            for affiliation in [mail.victim.affiliation] + mail.attackers.map(\.affiliation) where affiliation.isPilot {
                guard let entity = SideEntity(affiliation), let pilot = affiliation.characterID else { continue }
                pilots[entity, default: []].insert(pilot)
            }
        }
        var counts: [Int: Int] = [:]
        var smallest: [Int: Int] = [:]
        for (index, entity) in graph.entities.enumerated() where !graph.ties[index].isEmpty {
            counts[sides[index], default: 0] += pilots[entity]?.count ?? 0
            smallest[sides[index]] = min(smallest[sides[index]] ?? index, index)
        }
        let ordered = counts.keys.sorted { first, second in
            let left = counts[first] ?? 0
            let right = counts[second] ?? 0
            return left != right ? left > right : (smallest[first] ?? 0) < (smallest[second] ?? 0)
        }
        return Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1, $0) })
    }

    private static func assignment(of index: Int, sides: [Int], ranks: [Int: Int], graph: SideGraph) -> Assignment {
        let ties = graph.ties[index]
        var agreeing: Int64 = 0
        var all: Int64 = 0
        for (other, tie) in ties {
            all += tie.together + tie.against
            agreeing += sides[index] == sides[other] ? tie.together : tie.against
        }
        let heaviest = ties.sorted { first, second in
            let left = first.tie.together + first.tie.against
            let right = second.tie.together + second.tie.against
            return left != right ? left > right : first.other < second.other
        }
        let evidence = heaviest.prefix(mostEvidence).map {
            Evidence(other: graph.entities[$0.other], together: $0.tie.together, against: $0.tie.against)
        }
        return Assignment(
            side: all > 0 ? ranks[sides[index]] : nil, confidence: all > 0 ? Double(agreeing) / Double(all) : 0,
            evidence: evidence)
    }
}
