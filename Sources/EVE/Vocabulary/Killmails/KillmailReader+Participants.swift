extension KillmailReader {
    /// The victim; `nil` for null and for anything that is no object, which later counts as missing.
    mutating func readVictim() throws -> Killmail.Victim? {
        if try scanner.skipNull() { return nil }
        guard try scanner.nextKind() == .object else { throw wrongType(nil, "expected an object") }
        var victim = Killmail.Victim(affiliation: .init(), shipTypeID: nil, damageTaken: 0)
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key.is("character_id") {
                victim.affiliation.characterID = try optionalID("character_id").map(CharacterID.init(rawValue:))
            } else if key.is("corporation_id") {
                victim.affiliation.corporationID = try optionalID("corporation_id").map(CorporationID.init(rawValue:))
            } else if key.is("alliance_id") {
                victim.affiliation.allianceID = try optionalID("alliance_id").map(AllianceID.init(rawValue:))
            } else if key.is("ship_type_id") {
                victim.shipTypeID = try optionalID("ship_type_id").map(TypeID.init(rawValue:))
            } else if key.is("damage_taken") {
                victim.damageTaken = try damage("damage_taken")
            } else if key.is("faction_id") {
                victim.affiliation.factionID = try optionalID("faction_id").map(FactionID.init(rawValue:))
            } else {
                try scanner.skipValue()
            }
        }
        return victim
    }

    mutating func readAttackers() throws -> [Killmail.Attacker]? {
        attackerIndex = -1
        if try scanner.skipNull() { return nil }
        guard try scanner.nextKind() == .array else { throw wrongType(nil, "expected a list") }
        var attackers: [Killmail.Attacker] = []
        try scanner.beginArray()
        while try scanner.nextElement() {
            attackerIndex += 1
            guard try scanner.nextKind() == .object else { throw wrongType(nil, "expected an object") }
            attackers.append(try readAttacker())
        }
        return attackers
    }

    @inline(__always)
    private mutating func readAttacker() throws -> Killmail.Attacker {
        var attacker = Killmail.Attacker(affiliation: .init(), shipTypeID: nil, weaponTypeID: nil, damageDone: 0)
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key.is("character_id") {
                attacker.affiliation.characterID = try optionalID("character_id").map(CharacterID.init(rawValue:))
            } else if key.is("corporation_id") {
                attacker.affiliation.corporationID = try optionalID("corporation_id").map(CorporationID.init(rawValue:))
            } else if key.is("alliance_id") {
                attacker.affiliation.allianceID = try optionalID("alliance_id").map(AllianceID.init(rawValue:))
            } else if key.is("ship_type_id") {
                attacker.shipTypeID = try optionalID("ship_type_id").map(TypeID.init(rawValue:))
            } else if key.is("weapon_type_id") {
                attacker.weaponTypeID = try optionalID("weapon_type_id").map(TypeID.init(rawValue:))
            } else if key.is("damage_done") {
                attacker.damageDone = try damage("damage_done")
            } else if key.is("final_blow") {
                attacker.finalBlow = try flag("final_blow")
            } else if key.is("faction_id") {
                attacker.affiliation.factionID = try optionalID("faction_id").map(FactionID.init(rawValue:))
            } else {
                try scanner.skipValue()
            }
        }
        return attacker
    }

    /// zKillboard's estimate. Its members pass through PHP and may be null or absent, and the whole an empty list.
    mutating func readZKB() throws {
        guard try scanner.nextKind() == .object else { return try scanner.skipValue() }
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key.is("totalValue") {
                totalValue = try value("totalValue")
            } else if key.is("hash") {
                let inner = try optionalHash()
                hash = hash ?? inner
            } else {
                try scanner.skipValue()
            }
        }
    }
}
