/// Puts the entities of a ``SideGraph`` on a number of sides so that those who shot together meet and those who shot each other
/// do not: greedy from several starts, then single and paired moves until nothing improves. Deterministic.
struct SideSearch {
    private let graph: SideGraph
    private let sideCount: Int
    /// Entities by falling weight of their ties, then by id.
    private let order: [Int]

    private static let starts = 8
    private static let passes = 100
    /// Paired moves cost ties times degree; larger graphs do without.
    private static let pairedTies = 20_000

    init(graph: SideGraph, sideCount: Int) {
        self.graph = graph
        self.sideCount = sideCount
        let weights = graph.ties.map { $0.reduce(Int64(0)) { $0 + abs($1.tie.pull) } }
        order = graph.ties.indices.sorted { weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1 }
    }

    /// A side per entity.
    func best() -> [Int] {
        var best: (sides: [Int], score: Int64)?
        for start in order.prefix(SideSearch.starts) {
            var sides = greedy(from: start)
            improve(&sides)
            let score = score(sides)
            if best.map({ score > $0.score }) ?? true { best = (sides, score) }
        }
        return best?.sides ?? []
    }

    /// The pull of ties within sides; the higher the better.
    func score(_ sides: [Int]) -> Int64 {
        var sum: Int64 = 0
        for (entity, ties) in graph.ties.enumerated() {
            for (other, tie) in ties where entity < other && sides[entity] == sides[other] { sum += tie.pull }
        }
        return sum
    }

    /// Places next whoever is most clearly drawn or repelled.
    private func greedy(from start: Int) -> [Int] {
        var sides = [Int](repeating: -1, count: order.count)
        var pulls = [[Int64]](repeating: [Int64](repeating: 0, count: sideCount), count: order.count)
        var waiting = [start] + order.filter { $0 != start }
        var next = 0
        while !waiting.isEmpty {
            let entity = waiting.remove(at: next)
            let pull = pulls[entity]
            // Nobody known: the last side, so that the first one stays with those who are tied to its founder.
            let isFirst = sides.allSatisfy { $0 < 0 }
            let chosen = pull.indices.max { (pull[$0], $0) < (pull[$1], $1) } ?? 0
            sides[entity] = isFirst ? 0 : chosen
            for (other, tie) in graph.ties[entity] { pulls[other][sides[entity]] += tie.pull }
            next = waiting.indices.max { clarity(pulls[waiting[$0]]) < clarity(pulls[waiting[$1]]) } ?? 0
        }
        return sides
    }

    private func clarity(_ pull: [Int64]) -> Int64 { (pull.max() ?? 0) - (pull.min() ?? 0) }

    private func improve(_ sides: inout [Int]) {
        let ties = graph.ties.reduce(0) { $0 + $1.count } / 2
        for _ in 0..<SideSearch.passes {
            if moveSingles(&sides) { continue }
            guard ties <= SideSearch.pairedTies, movePairs(&sides) else { return }
        }
    }

    private func moveSingles(_ sides: inout [Int]) -> Bool {
        var moved = false
        for entity in order {
            let pull = pull(on: entity, sides: sides)
            for side in pull.indices where pull[side] > pull[sides[entity]] {
                sides[entity] = side
                moved = true
            }
        }
        return moved
    }

    /// Friends who hold each other on a wrong side move together.
    private func movePairs(_ sides: inout [Int]) -> Bool {
        for entity in order {
            for (friend, tie) in graph.ties[entity] where tie.pull > 0 && entity < friend && sides[entity] == sides[friend] {
                let here = sides[entity]
                let first = pull(on: entity, sides: sides)
                let second = pull(on: friend, sides: sides)
                let stay = first[here] + second[here] - 2 * tie.pull
                for side in first.indices where side != here && first[side] + second[side] > stay {
                    sides[entity] = side
                    sides[friend] = side
                    return true
                }
            }
        }
        return false
    }

    private func pull(on entity: Int, sides: [Int]) -> [Int64] {
        var pull = [Int64](repeating: 0, count: sideCount)
        for (other, tie) in graph.ties[entity] { pull[sides[other]] += tie.pull }
        return pull
    }
}
