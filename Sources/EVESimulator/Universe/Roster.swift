internal import Synchronization

/// Who belongs to which corporation now: what the seed says, until somebody is moved.
final class Roster: Sendable {
    struct Affiliation: Sendable, Equatable {
        let corporationID: Int64
        let allianceID: Int64?
    }

    let universe: Universe
    private let indices: [Int64: Int]
    private let moved = Mutex<[Int64: Affiliation]>([:])

    init(universe: Universe) {
        self.universe = universe
        indices = Dictionary(
            universe.characters.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    func character(_ id: Int64) -> Universe.Character? { indices[id].map { universe.characters[$0] } }

    /// By id, or by the key of its part such as `fc`.
    func character(named text: String) -> Universe.Character? {
        let id = Int64(text) ?? universe.loginCharacters.first { $0.key == text }?.id
        return id.flatMap { character($0) }
    }

    /// `nil` for an unknown character.
    func affiliation(of id: Int64) -> Affiliation? {
        guard let index = indices[id] else { return nil }
        if let affiliation = moved.withLock({ $0[id] }) { return affiliation }
        let corporation = universe.corporations[universe.characters[index].corporation]
        return Affiliation(corporationID: corporation.id, allianceID: corporation.alliance.map { universe.alliances[$0].id })
    }

    func corporation(_ id: Int64) -> Universe.Corporation? { universe.corporations.first { $0.id == id } }
    func alliance(_ id: Int64) -> Universe.Alliance? { universe.alliances.first { $0.id == id } }

    /// From now on; `nil` undoes it. Killmails go on as the seed says.
    func move(_ character: Int64, to affiliation: Affiliation?) { moved.withLock { $0[character] = affiliation } }
}
