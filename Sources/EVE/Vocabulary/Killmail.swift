public import struct Foundation.Date

/// The record of one destroyed ship or structure, in ESI's terms.
///
/// Only what BattleScope uses is kept; items are counted into ``totalValue`` by zKillboard and not read.
public struct Killmail: Sendable, Hashable {
    public var id: KillmailID
    /// SHA-1 in lower-case hexadecimal, 40 characters; absent in recordings that never had it.
    public var hash: String?
    /// When the ship died, to the second.
    public var time: Date
    public var solarSystemID: SolarSystemID
    public var victim: Victim
    /// In the order of the mail; the largest damage usually comes first.
    public var attackers: [Attacker]
    /// What zKillboard says the loss is worth; `nil` when it said nothing.
    public var totalValue: ISK?

    public init(
        id: KillmailID, hash: String? = nil, time: Date, solarSystemID: SolarSystemID, victim: Victim, attackers: [Attacker],
        totalValue: ISK? = nil
    ) {
        self.id = id
        self.hash = hash
        self.time = time
        self.solarSystemID = solarSystemID
        self.victim = victim
        self.attackers = attackers
        self.totalValue = totalValue
    }

    /// Whom a participant stood for when the mail was written.
    public struct Affiliation: Sendable, Hashable {
        public var characterID: CharacterID?
        public var corporationID: CorporationID?
        public var allianceID: AllianceID?
        public var factionID: FactionID?

        public init(
            characterID: CharacterID? = nil, corporationID: CorporationID? = nil, allianceID: AllianceID? = nil,
            factionID: FactionID? = nil
        ) {
            self.characterID = characterID
            self.corporationID = corporationID
            self.allianceID = allianceID
            self.factionID = factionID
        }
    }

    public struct Victim: Sendable, Hashable {
        public var affiliation: Affiliation
        /// Absent only in damaged recordings.
        public var shipTypeID: TypeID?
        /// Hit points of damage, never negative.
        public var damageTaken: Int64

        public init(affiliation: Affiliation, shipTypeID: TypeID?, damageTaken: Int64) {
            self.affiliation = affiliation
            self.shipTypeID = shipTypeID
            self.damageTaken = damageTaken
        }
    }

    public struct Attacker: Sendable, Hashable {
        public var affiliation: Affiliation
        public var shipTypeID: TypeID?
        public var weaponTypeID: TypeID?
        /// Hit points of damage, never negative; 0 for logistics and electronic warfare.
        public var damageDone: Int64
        public var finalBlow: Bool

        public init(
            affiliation: Affiliation, shipTypeID: TypeID?, weaponTypeID: TypeID?, damageDone: Int64, finalBlow: Bool = false
        ) {
            self.affiliation = affiliation
            self.shipTypeID = shipTypeID
            self.weaponTypeID = weaponTypeID
            self.damageDone = damageDone
            self.finalBlow = finalBlow
        }
    }
}

extension Killmail.Affiliation {
    /// True for a capsuleer: a character that is no NPC. Structures, drones left behind and rats are not pilots.
    public var isPilot: Bool { characterID.map { !$0.isNPC } ?? false }
}
