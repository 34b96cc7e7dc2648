/// Union-find over `0..<count`, with path halving and union by size.
struct DisjointSets {
    private var parent: [Int]
    private var size: [Int]

    init(count: Int) {
        parent = Array(0..<count)
        size = Array(repeating: 1, count: count)
    }

    mutating func root(of element: Int) -> Int {
        var element = element
        while parent[element] != element {
            parent[element] = parent[parent[element]]
            element = parent[element]
        }
        return element
    }

    mutating func unite(_ first: Int, _ second: Int) {
        var large = root(of: first)
        var small = root(of: second)
        guard large != small else { return }
        if size[large] < size[small] { swap(&large, &small) }
        parent[small] = large
        size[large] += size[small]
    }

    /// The sets, each ascending, ordered by their smallest element.
    mutating func groups() -> [[Int]] {
        var slots: [Int: Int] = [:]
        var groups: [[Int]] = []
        for element in parent.indices {
            let root = root(of: element)
            if let slot = slots[root] {
                groups[slot].append(element)
            } else {
                slots[root] = groups.count
                groups.append([element])
            }
        }
        return groups
    }
}
