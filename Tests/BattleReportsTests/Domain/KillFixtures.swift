import EVE
import Foundation

@testable import BattleReports

/// A pilot of the tests: corporation 98,000,000 + n, alliance 99,000,000 + n unless told otherwise.
struct Pilot {
    var character: Int64?
    var corporation: Int64?
    var alliance: Int64?

    static func of(_ alliance: Int64, _ number: Int64) -> Pilot {
        Pilot(
            character: 90_000_000 + alliance * 1_000 + number, corporation: 98_000_000 + alliance,
            alliance: 99_000_000 + alliance)
    }

    /// A hull or structure of the alliance that nobody sits in.
    static func hull(of alliance: Int64) -> Pilot {
        Pilot(character: nil, corporation: 98_000_000 + alliance, alliance: 99_000_000 + alliance)
    }

    /// A rat.
    static let npc = Pilot(character: nil, corporation: 1_000_125, alliance: nil)

    var affiliation: Killmail.Affiliation {
        Killmail.Affiliation(
            characterID: character.map { CharacterID($0) }, corporationID: corporation.map { CorporationID($0) },
            allianceID: alliance.map { AllianceID($0) })
    }
}

let busySystem = SolarSystemID(30_002_813)

/// A killmail at `minutes` after midnight of day 0.
func killmail(
    _ id: Int64, at minutes: Double, victim: Pilot, attackers: [Pilot], system: SolarSystemID = busySystem,
    value: ISK? = nil, damage: [Int64]? = nil
) -> Killmail {
    Killmail(
        id: KillmailID(id), time: Date(timeIntervalSince1970: minutes * 60), solarSystemID: system,
        victim: .init(affiliation: victim.affiliation, shipTypeID: 587, damageTaken: 1_000),
        attackers: attackers.enumerated().map { index, pilot in
            .init(
                affiliation: pilot.affiliation, shipTypeID: 587, weaponTypeID: nil, damageDone: damage?[index] ?? 100,
                finalBlow: index == 0)
        }, totalValue: value)
}

/// The battles as plain ids.
func battleIDs(_ killmails: [Killmail], _ rule: LinkRule = .standard) -> [[Int64]] {
    Analysis.battles(from: killmails, rule: rule).map { $0.map(\.rawValue) }
}
