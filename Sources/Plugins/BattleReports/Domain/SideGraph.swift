import EVE

/// Who shot whom and who shot together, as a signed graph of entities.
///
/// All weights are integers and sums of per-mail terms, so the order of mails and attackers makes no difference.
struct SideGraph {
    /// What two entities did, in units of a thousandth of a million ISK's weight.
    struct Tie: Sendable, Hashable {
        /// They shot together.
        var together: Int64 = 0
        /// One shot the other.
        var against: Int64 = 0

        /// Positive if they belong together.
        var pull: Int64 { together - against }
    }

    /// Ascending.
    let entities: [SideEntity]
    /// Per entity its ties, by the other's index, ascending.
    let ties: [[(other: Int, tie: Tie)]]

    /// An entity that did less than this share of a mail's damage does not decide sides.
    static let decisiveShare = 0.05
    /// Such ties still place those of whom nothing better is known: a thousandth of a decisive tie.
    private static let decisiveUnit = 1_000.0
    private static let indecisiveUnit = 1.0
    /// Shooting together counts for twice as much as shooting at each other: stray shots are commoner than strange alliances.
    private static let togetherFactor = 2.0

    init(_ killmails: [Killmail]) {
        var found: Set<SideEntity> = []
        var sums: [Pair: Tie] = [:]
        for mail in killmails { SideGraph.read(mail, entities: &found, sums: &sums) }
        entities = found.sorted()
        let index = Dictionary(uniqueKeysWithValues: entities.enumerated().map { ($1, $0) })
        var ties = [[(other: Int, tie: Tie)]](repeating: [], count: entities.count)
        for (pair, tie) in sums {
            guard let first = index[pair.first], let second = index[pair.second] else { continue }
            ties[first].append((second, tie))
            ties[second].append((first, tie))
        }
        self.ties = ties.map { $0.sorted { $0.other < $1.other } }
    }

    private struct Pair: Hashable {
        let first: SideEntity
        let second: SideEntity

        init(_ one: SideEntity, _ other: SideEntity) {
            first = min(one, other)
            second = max(one, other)
        }
    }

    private static func read(_ mail: Killmail, entities: inout Set<SideEntity>, sums: inout [Pair: Tie]) {
        var damage: [SideEntity: Int64] = [:]
        for attacker in mail.attackers {
            guard let entity = SideEntity(attacker.affiliation) else { continue }
            damage[entity, default: 0] += attacker.damageDone
        }
        let victim = SideEntity(mail.victim.affiliation)
        entities.formUnion(damage.keys)
        if let victim { entities.insert(victim) }
        let total = damage.values.reduce(0, +)
        let millions = Double(mail.totalValue?.hundredths ?? 0) / 100_000_000
        let weight = (1 + max(0, millions)).squareRoot()
        let shares = damage.map { entity, done in
            (entity: entity, share: total > 0 ? Double(done) / Double(total) : 1 / Double(damage.count))
        }.sorted { $0.entity < $1.entity }
        for (position, attacker) in shares.enumerated() where attacker.entity != victim {
            if let victim {
                sums[Pair(attacker.entity, victim), default: Tie()].against += units(weight, attacker.share, attacker.share)
            }
            for partner in shares[(position + 1)...] where partner.entity != victim {
                let share = (attacker.share * partner.share).squareRoot()
                sums[Pair(attacker.entity, partner.entity), default: Tie()].together +=
                    units(weight * togetherFactor, share, min(attacker.share, partner.share))
            }
        }
    }

    private static func units(_ weight: Double, _ share: Double, _ smallest: Double) -> Int64 {
        let unit = smallest >= decisiveShare ? decisiveUnit : indecisiveUnit
        return max(1, Int64((weight * max(share, 0.01) * unit).rounded()))
    }
}
