/// What happens in the invented universe. Each kind is a case that clustering or sides must get right.
public enum Scenario: String, Sendable, CaseIterable {
    /// Two fleets of two alliances, logistics with no damage, pods after ships, a third party that joins late.
    case fleetFight = "fleet-fight"
    /// Five to fifteen pilots of two corporations.
    case skirmish
    /// One gang at one gate for hours, victims who do not know each other.
    case gateCamp = "gate-camp"
    /// One ship, one to three attackers, perhaps the pod: background.
    case solo
    /// A pilot destroyed by a corporation mate.
    case awox
    /// A loss to NPCs only.
    case npc
    /// A structure without a pilot, besieged for long by many, with a few defenders lost.
    case structure
    /// Two fights without a common party in one busy system at one time: two battles.
    case twoFights = "two-fights"
    /// The same alliances twice in an afternoon with other ships and other pilots: two battles.
    case rematch
    /// One fight with a pause of twenty minutes: one battle.
    case quietMinutes = "quiet-minutes"
    /// A corporation blows up its own empty hulls, dozens in seconds.
    case emptyHulls = "empty-hulls"
    /// A ship lost in abyssal deadspace: kept, never clustered.
    case abyssal
    /// From a recording, not invented.
    case recorded

    /// How often a kind is in the deck from which the timeline draws.
    var cards: Int {
        switch self {
        case .fleetFight: 2
        case .skirmish: 13
        case .gateCamp: 2
        case .solo: 38
        case .awox: 3
        case .npc: 14
        case .structure: 1
        case .twoFights, .rematch, .quietMinutes, .emptyHulls: 1
        case .abyssal: 2
        case .recorded: 0
        }
    }
}
