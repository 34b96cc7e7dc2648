extension String {
    /// The candidate that differs by at most two typing mistakes, for "did you mean".
    func nearest(in candidates: some Sequence<String>) -> String? {
        candidates.map { ($0, distance(to: $0)) }.filter { $0.1 <= 2 }.min { $0.1 < $1.1 }?.0
    }

    /// Levenshtein's edit distance.
    private func distance(to other: String) -> Int {
        let (left, right) = (Array(self), Array(other))
        var row = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, candidate) in right.enumerated() {
                let substitution = previous + (character == candidate ? 0 : 1)
                previous = row[j + 1]
                row[j + 1] = Swift.min(substitution, row[j] + 1, previous + 1)
            }
        }
        return row[right.count]
    }
}
