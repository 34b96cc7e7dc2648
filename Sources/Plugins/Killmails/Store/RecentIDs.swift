import Synchronization

/// Remembers which ids have been handled lately, so that the same pilot's name is not asked for with every killmail.
///
/// Two generations of half the capacity each: when the young one is full it becomes the old one. Forgetting is harmless,
/// and so is remembering an id whose transaction was rolled back for a while: see ``unseen(_:)``.
final class RecentIDs: Sendable {
    private struct Generations {
        var young: Set<Int64> = []
        var old: Set<Int64> = []
    }

    private let halfCapacity: Int
    private let generations = Mutex(Generations())

    init(capacity: Int) { halfCapacity = capacity / 2 }

    /// The ids, once each and in ascending order, that are not remembered.
    func unseen(_ ids: [Int64]) -> [Int64] {
        generations.withLock { generations in
            Set(ids).filter { !generations.young.contains($0) && !generations.old.contains($0) }.sorted()
        }
    }

    /// To be called when what was done about the ids has been committed.
    func remember(_ ids: [Int64]) {
        generations.withLock { generations in
            for id in ids {
                if generations.young.count >= halfCapacity {
                    generations.old = generations.young
                    generations.young = []
                }
                generations.young.insert(id)
            }
        }
    }
}
