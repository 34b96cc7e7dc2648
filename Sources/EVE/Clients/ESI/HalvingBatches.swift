/// Ids to ask for in batches, where one bad id spoils its whole batch: a spoiled batch is halved until the culprit is alone.
struct HalvingBatches<ID: Sendable>: Sendable {
    /// A stack: the halves of a spoiled batch are done before the next one.
    private var batches: [[ID]]
    /// Requests that failed because of bad ids.
    private(set) var errors = 0

    /// - Parameter groups: no batch holds ids of two groups.
    init(_ groups: [ID]..., size: Int) {
        batches = groups.flatMap { ids in
            stride(from: 0, to: ids.count, by: size).map { Array(ids[$0..<min($0 + size, ids.count)]) }
        }.reversed()
    }

    mutating func next() -> [ID]? { batches.popLast() }

    /// Everything not yet asked for.
    mutating func takeRest() -> [ID] {
        defer { batches = [] }
        return batches.reversed().flatMap { $0 }
    }

    /// Takes back a batch that was spoiled.
    ///
    /// - Returns: the bad id, if it was alone.
    mutating func spoil(_ batch: [ID]) -> ID? {
        errors += 1
        guard batch.count > 1 else { return batch.first }
        let half = batch.count / 2
        batches.append(Array(batch[half...]))
        batches.append(Array(batch[..<half]))
        return nil
    }

    mutating func spend(_ count: Int) { errors += count }
}
