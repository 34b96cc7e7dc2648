public import EVE

/// What happens to one battle when kills arrive or a range is clustered anew.
///
/// Apply a list of changes in four rounds: every `absorbed` battle's kills move to the battle; kills that `left` belong to no
/// battle; then each change's `joined` kills are set to its battle (a new id where ``battle`` is `nil`); at last lineage is
/// written. The order of the list does not matter.
public struct BattleChange<BattleID: Hashable & Comparable & Sendable>: Sendable, Hashable {
    /// The battle that lives on; `nil` for a new one, whose id the caller gives.
    public var battle: BattleID?
    /// Kills that were in no battle, or in another one that `absorbed` does not name; ascending.
    public var joined: [KillmailID] = []
    /// Kills that were in this battle and now wait in none; ascending. Only when kills are excluded or the rule is sequential.
    public var left: [KillmailID] = []
    /// Battles that end here: their ids redirect to this one (`mergedInto`); ascending.
    public var absorbed: [BattleID] = []
    /// Battles that keep their id elsewhere, but lost kills to this one (`splitInto`); ascending.
    public var splitFrom: [BattleID] = []
    /// Kills that moved from this battle to others; counted so that a battle that only lost kills is updated too.
    public var lost = 0
    /// True if no kills are left: the id waits for ``left`` to join a battle again, and redirects there then.
    public var isDissolved = false

    public init(battle: BattleID?, joined: [KillmailID] = [], absorbed: [BattleID] = []) {
        self.battle = battle
        self.joined = joined
        self.absorbed = absorbed
    }

    public enum Kind: String, Sendable {
        case created, updated, merged, split, dissolved
    }

    /// What to tell others about it.
    public var kind: Kind {
        if isDissolved { return .dissolved }
        if !absorbed.isEmpty { return .merged }
        if !splitFrom.isEmpty { return .split }
        return battle == nil ? .created : .updated
    }

    /// True if nothing needs to be written.
    public var isEmpty: Bool {
        battle != nil && joined.isEmpty && left.isEmpty && absorbed.isEmpty && splitFrom.isEmpty && lost == 0 && !isDissolved
    }
}
