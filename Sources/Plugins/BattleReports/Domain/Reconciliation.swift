public import EVE

/// The changes that turn `old` battles into the partition `new`, with as many ids kept as possible.
///
/// An old battle's id goes with the part that holds most of its kills; of several ids that meet in one new battle the one that
/// brings most kills stays; ties go to the smallest killmail id. An id whose kills all wait is dissolved. Unchanged battles
/// give no change. The result depends on the sets only, not on their order.
public func reconcile<BattleID>(old: [BattleID: [KillmailID]], new: [[KillmailID]]) -> [BattleChange<BattleID>] {
    var reconciliation = Reconciliation(old: old, new: new)
    return reconciliation.changes()
}

private struct Reconciliation<BattleID: Hashable & Comparable & Sendable> {
    /// The kills that an old and a new battle share.
    private struct Part {
        var count = 0
        var smallest = KillmailID(Int64.max)

        mutating func add(_ id: KillmailID) {
            count += 1
            smallest = min(smallest, id)
        }

        func outranks(_ other: Part) -> Bool {
            count != other.count ? count > other.count : smallest < other.smallest
        }
    }

    private let old: [BattleID: [KillmailID]]
    private let new: [[KillmailID]]
    private var oldBattle: [KillmailID: BattleID] = [:]
    private var newIndex: [KillmailID: Int] = [:]

    init(old: [BattleID: [KillmailID]], new: [[KillmailID]]) {
        self.old = old
        self.new = new
        for (battle, kills) in old { for kill in kills { oldBattle[kill] = battle } }
        for (index, kills) in new.enumerated() { for kill in kills { newIndex[kill] = index } }
    }

    mutating func changes() -> [BattleChange<BattleID>] {
        let parts = new.map { kills in
            kills.reduce(into: [BattleID: Part]()) { parts, kill in
                if let battle = oldBattle[kill] { parts[battle, default: Part()].add(kill) }
            }
        }
        let homes = homes(parts)
        var survivors: [BattleChange<BattleID>] = []
        for index in new.indices {
            let change = change(at: index, parts: parts[index], homes: homes)
            if !change.isEmpty { survivors.append(change) }
        }
        return survivors + dissolved(homes: homes)
    }

    /// For each old battle the index of the new battle that holds most of it.
    private func homes(_ parts: [[BattleID: Part]]) -> [BattleID: Int] {
        var homes: [BattleID: (index: Int, part: Part)] = [:]
        for (index, byBattle) in parts.enumerated() {
            for (battle, part) in byBattle {
                if let best = homes[battle], !part.outranks(best.part) { continue }
                homes[battle] = (index, part)
            }
        }
        return homes.mapValues(\.index)
    }

    private func change(at index: Int, parts: [BattleID: Part], homes: [BattleID: Int]) -> BattleChange<BattleID> {
        let claims = parts.filter { homes[$0.key] == index }
        let survivor = claims.max { $1.value.outranks($0.value) }?.key
        var change = BattleChange(battle: survivor, absorbed: claims.keys.filter { $0 != survivor }.sorted())
        change.splitFrom = parts.keys.filter { homes[$0] != index }.sorted()
        change.joined = new[index].filter { kill in
            guard let battle = oldBattle[kill] else { return true }
            return claims[battle] == nil
        }.sorted()
        for battle in claims.keys {
            for kill in old[battle] ?? [] {
                switch newIndex[kill] {
                case nil: change.left.append(kill)
                case index: break
                default: change.lost += 1
                }
            }
        }
        change.left.sort()
        return change
    }

    private func dissolved(homes: [BattleID: Int]) -> [BattleChange<BattleID>] {
        old.keys.filter { homes[$0] == nil }.sorted().map { battle in
            var change = BattleChange(battle: battle)
            change.left = (old[battle] ?? []).sorted()
            change.isDissolved = true
            return change
        }
    }
}
