internal import EVE
import struct Foundation.Date

/// Writes a ``GeneratedKill`` as ESI and zKillboard would.
struct KillmailRenderer: Sendable {
    let universe: Universe
    /// Seconds since 1970 at which the timeline starts.
    let epoch: Int64

    func render(_ kill: GeneratedKill) -> FeedKill {
        let time = epoch + kill.time
        let system = universe.systems[kill.system]
        var random = SimulatorRandom(seed: universe.seed, stream: 20, index: UInt64(bitPattern: kill.id))
        var victim = party(kill.victim)
        victim["damage_taken"] = .int(kill.damageTaken)
        victim["items"] = .array(kill.items.map(item))
        // Some mails have no position, and then zKillboard has no location.
        let isPlaced = !random.chance(0.03)
        if isPlaced { victim["position"] = position(&random) }
        let esi: JSONValue = [
            "attackers": .array(kill.attackers.map(attacker)), "killmail_id": .int(kill.id),
            "killmail_time": .string(Timestamp.iso(time)), "solar_system_id": .int(system.id), "victim": victim,
        ]
        let finalBlow = kill.attackers.first { $0.finalBlow }
        return FeedKill(
            id: kill.id,
            hash: KillmailHash.compute(
                victim: kill.victim.character.map { CharacterID(universe.characters[$0].id) },
                finalBlow: finalBlow?.party.character.map { CharacterID(universe.characters[$0].id) },
                shipType: TypeID(universe.catalogue.types[kill.victim.ship].id),
                time: Date(timeIntervalSince1970: Double(time))),
            time: time, esi: esi.bytes,
            appraisal: appraisal(kill, time: time, location: isPlaced ? 40_000_000 + system.id % 1_000_000 : nil, &random),
            battle: kill.battle, scenario: kill.scenario)
    }

    private func party(_ party: GeneratedKill.Party) -> JSONValue {
        var value: JSONValue = [:]
        if let character = party.character { value["character_id"] = .int(universe.characters[character].id) }
        if let corporation = party.corporation {
            value["corporation_id"] = .int(universe.corporations[corporation].id)
            if let alliance = universe.corporations[corporation].alliance {
                value["alliance_id"] = .int(universe.alliances[alliance].id)
            }
        }
        if let faction = party.faction {
            value["faction_id"] = .int(universe.factions[faction].id)
            value["corporation_id"] = .int(universe.factions[faction].corporationID)
        }
        value["ship_type_id"] = .int(universe.catalogue.types[party.ship].id)
        return value
    }

    private func attacker(_ attacker: GeneratedKill.Attacker) -> JSONValue {
        var value = party(attacker.party)
        value["damage_done"] = .int(attacker.damage)
        value["final_blow"] = .bool(attacker.finalBlow)
        let status = attacker.party.character.map { universe.characters[$0].securityStatus } ?? 0
        value["security_status"] = .number(String(status))
        if let weapon = attacker.weapon { value["weapon_type_id"] = .int(universe.catalogue.types[weapon].id) }
        return value
    }

    private func item(_ item: GeneratedKill.Item) -> JSONValue {
        var value: JSONValue = [
            "flag": .int(Int64(item.flag)), "item_type_id": .int(universe.catalogue.types[item.type].id), "singleton": 0,
        ]
        if item.destroyed > 0 { value["quantity_destroyed"] = .int(item.destroyed) }
        if item.dropped > 0 { value["quantity_dropped"] = .int(item.dropped) }
        return value
    }

    private func position(_ random: inout SimulatorRandom) -> JSONValue {
        func metres() -> JSONValue { .number(String(random.double(-4e12...4e12))) }
        return ["x": metres(), "y": metres(), "z": metres()]
    }

    private func appraisal(
        _ kill: GeneratedKill, time: Int64, location: Int64?, _ random: inout SimulatorRandom
    ) -> FeedKill.Appraisal {
        let hull = universe.catalogue.types[kill.victim.ship]
        // Prices drift by some per cent from day to day, hence the hundredths.
        func worth(_ price: Int64, _ count: Int64) -> Int64 { Int64(Double(price * count) * random.double(95...105)) }
        let hullValue = worth(hull.price, 1)
        var dropped: Int64 = 0
        var destroyed = hullValue
        for item in kill.items {
            let price = universe.catalogue.types[item.type].price
            dropped += worth(price, item.dropped)
            destroyed += worth(price, item.destroyed)
        }
        let pilots = kill.attackers.filter { $0.party.character != nil }
        let finalBlow = kill.attackers.first { $0.finalBlow }
        let isAwox = finalBlow?.party.corporation != nil && finalBlow?.party.corporation == kill.victim.corporation
        let isSolo = pilots.count == 1 && kill.attackers.count == 1 && hull.categoryID == 6 && ![29, 237].contains(hull.groupID)
        return FeedKill.Appraisal(
            locationID: location, fitted: destroyed + dropped, dropped: dropped, destroyed: destroyed,
            total: destroyed + dropped, points: max(1, hull.hitPoints / 2000 / max(1, kill.attackers.count)),
            isNPC: pilots.isEmpty, isSolo: isSolo, isAwox: isAwox,
            labels: Labels.make(
                time: time, category: hull.categoryID, attackers: kill.attackers.count, isSolo: isSolo, isNPC: pilots.isEmpty,
                isAwox: isAwox, location: Self.location(universe.systems[kill.system].kind), value: destroyed + dropped),
            attackerCount: kill.attackers.count)
    }

    static func location(_ kind: SecurityType) -> String? {
        switch kind {
        case .highsec, .lowsec, .nullsec, .abyssal: kind.rawValue
        case .wormhole: "w-space"
        case .pochven, .void: nil
        }
    }
}
