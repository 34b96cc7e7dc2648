public import EVE
public import struct Foundation.Date

/// What follows from a battle's kills. Always computed from all of them, never incremented.
public struct BattleFacts: Sendable, Hashable {
    public let solarSystemID: SolarSystemID
    public let start: Date
    public let end: Date
    public let totalKills: Int
    /// The sum of the known values.
    public let totalISKDestroyed: ISK
    /// Distinct pilots, victims and attackers.
    public let participants: Int

    /// From the first to the last kill, in seconds.
    public var durationSeconds: Int64 { Int64(end.timeIntervalSince(start).rounded()) }

    /// - Parameter killmails: of one battle, in any order; repeats by id count once. `nil` if there are none.
    public init?(of killmails: [Killmail]) {
        guard var first = killmails.first else { return nil }
        var last = first
        var seen: Set<KillmailID> = []
        var value = ISK.zero
        var pilots: Set<CharacterID> = []
        for mail in killmails where seen.insert(mail.id).inserted {
            if mail.time < first.time { first = mail }
            if mail.time > last.time { last = mail }
            value += mail.totalValue ?? .zero
            for affiliation in [mail.victim.affiliation] + mail.attackers.map(\.affiliation) where affiliation.isPilot {
                if let pilot = affiliation.characterID { pilots.insert(pilot) }
            }
        }
        solarSystemID = first.solarSystemID
        start = first.time
        end = last.time
        totalKills = seen.count
        totalISKDestroyed = value
        participants = pilots.count
    }
}
