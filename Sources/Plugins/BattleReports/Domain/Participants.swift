import EVE

/// The pilots on some killmails, each once in each ship; a missing ship is one ship too.
struct Participants {
    struct Seat: Hashable {
        let character: CharacterID
        let ship: TypeID?
    }

    /// Where a pilot changed sides within a battle the smaller id stands, so that the order of arrival does not matter.
    struct Standing: Equatable {
        var corporation: CorporationID?
        var alliance: AllianceID?
        var isVictim = false
    }

    private(set) var standings: [Seat: Standing] = [:]

    mutating func add(_ killmail: Killmail) {
        note(killmail.victim.affiliation, killmail.victim.shipTypeID, isVictim: true)
        for attacker in killmail.attackers { note(attacker.affiliation, attacker.shipTypeID, isVictim: false) }
    }

    private mutating func note(_ affiliation: Killmail.Affiliation, _ ship: TypeID?, isVictim: Bool) {
        guard let character = affiliation.characterID, affiliation.isPilot else { return }
        var standing = standings[Seat(character: character, ship: ship), default: Standing()]
        standing.corporation = least(standing.corporation, affiliation.corporationID)
        standing.alliance = least(standing.alliance, affiliation.allianceID)
        standing.isVictim = standing.isVictim || isVictim
        standings[Seat(character: character, ship: ship)] = standing
    }

    private func least<ID: Identifier>(_ left: ID?, _ right: ID?) -> ID? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }
}
