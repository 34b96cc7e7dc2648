/// A loss as a scenario makes it: everything by index into the ``Universe``, times relative to the start of the timeline.
struct GeneratedKill: Sendable {
    struct Party: Sendable {
        /// Index into `Universe.characters`; nobody sits in a structure, and some hulls are empty.
        var character: Int?
        var corporation: Int?
        /// Index into `Universe.factions`.
        var faction: Int?
        /// Index into `Catalogue.types`.
        var ship: Int
    }

    struct Attacker: Sendable {
        var party: Party
        var weapon: Int?
        var damage: Int64
        var finalBlow = false
    }

    struct Item: Sendable {
        var flag: Int
        var type: Int
        var destroyed: Int64
        var dropped: Int64
    }

    var id: Int64 = 0
    /// Seconds after the start of the timeline.
    var time: Int64
    var publishAt: Int64
    /// Index into `Universe.systems`.
    var system: Int
    var victim: Party
    var damageTaken: Int64
    var attackers: [Attacker]
    var items: [Item]
    /// The fight it truly belongs to; `nil` for a loss on its own.
    var battle: String?
    var scenario: Scenario
}
