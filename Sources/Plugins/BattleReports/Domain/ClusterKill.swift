public import EVE
private import FoundationEssentials

/// What clustering needs to know of a killmail, and no more.
///
/// Small enough to hold a month of New Eden in memory, and complete: two ``ClusterKill`` that are equal are linked to the
/// same kills under every ``LinkRule``.
public struct ClusterKill: Sendable, Hashable {
    public let id: KillmailID
    /// Seconds since 1970-01-01 UTC.
    public let time: Int64
    public let solarSystemID: SolarSystemID
    /// The alliance, else the corporation, of every pilot on the mail; ascending, each once. NPC corporations do not count, so a
    /// pilot of one has no party and is known by ``pilots`` alone.
    public let parties: [Int64]
    /// Every pilot on the mail, victim and attackers; ascending, each once.
    public let pilots: [Int64]
    /// The alliance, else the corporation, else the character of the victim and of every attacker, pilots or not: what the
    /// specification's pseudocode compares. NPC corporations and characters do not count.
    public let overlapParties: [Int64]
    /// True for an empty hull or a structure that its own side destroyed: the victim is no pilot, and every pilot on the mail is
    /// of the victim's party. Such a mail tells of no fight.
    public let isScuttled: Bool

    public init(
        id: KillmailID, time: Int64, solarSystemID: SolarSystemID, parties: [Int64], pilots: [Int64], overlapParties: [Int64],
        isScuttled: Bool
    ) {
        self.id = id
        self.time = time
        self.solarSystemID = solarSystemID
        self.parties = ClusterKill.ascending(parties)
        self.pilots = ClusterKill.ascending(pilots)
        let overlap = ClusterKill.ascending(overlapParties)
        // Mostly the same; then one array serves for both.
        self.overlapParties = overlap == self.parties ? self.parties : overlap
        self.isScuttled = isScuttled
    }

    public init(_ killmail: Killmail) {
        var parties: [Int64] = []
        var pilots: [Int64] = []
        var overlap: [Int64] = []
        let participants = killmail.attackers.count + 1
        parties.reserveCapacity(participants)
        pilots.reserveCapacity(participants)
        overlap.reserveCapacity(participants)
        func note(_ affiliation: Killmail.Affiliation) {
            let party = affiliation.party
            if let id = party ?? affiliation.pilot { overlap.append(id) }
            guard let pilot = affiliation.pilot else { return }
            pilots.append(pilot)
            if let party { parties.append(party) }
        }
        note(killmail.victim.affiliation)
        for attacker in killmail.attackers { note(attacker.affiliation) }
        let victim = killmail.victim.affiliation
        let ownSideOnly = killmail.attackers.allSatisfy { !$0.affiliation.isPilot || $0.affiliation.party == victim.party }
        self.init(
            id: killmail.id, time: Int64(killmail.time.timeIntervalSince1970.rounded(.down)),
            solarSystemID: killmail.solarSystemID, parties: parties, pilots: pilots, overlapParties: overlap,
            isScuttled: !victim.isPilot && victim.party != nil && !pilots.isEmpty && ownSideOnly)
    }

    /// False for a kill in instanced space (abyssal, void), which is kept but never part of a battle.
    public var isClusterable: Bool { ClusterKill.isClusterable(in: solarSystemID) }

    /// False for instanced space (abyssal, void).
    public static func isClusterable(in system: SolarSystemID) -> Bool {
        switch system.securityTypeByRange {
        case .abyssal, .void: false
        default: true
        }
    }

    /// The order of a pass over one system: by time, then by id.
    public var position: KillPosition { KillPosition(time: time, id: id) }

    private static func ascending(_ ids: consuming [Int64]) -> [Int64] {
        guard ids.count > 1 else { return ids }
        var sorted = ids
        sorted.sort()
        var kept = 1
        for index in 1..<sorted.count where sorted[index] != sorted[kept - 1] {
            sorted[kept] = sorted[index]
            kept += 1
        }
        sorted.removeLast(sorted.count - kept)
        return sorted
    }
}

/// Where a kill stands in the order in which a system is read: by time, then by killmail id, which breaks ties.
public struct KillPosition: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01 UTC.
    public let time: Int64
    public let id: KillmailID

    public init(time: Int64, id: KillmailID) {
        self.time = time
        self.id = id
    }

    public static func < (left: KillPosition, right: KillPosition) -> Bool {
        left.time != right.time ? left.time < right.time : left.id < right.id
    }
}

extension Killmail.Affiliation {
    /// The alliance, else the corporation, that a participant stood for; `nil` for NPC corporations.
    var party: Int64? {
        if let allianceID { return allianceID.rawValue }
        guard let corporationID, !corporationID.isNPC else { return nil }
        return corporationID.rawValue
    }

    /// The character id of a pilot; `nil` for structures and NPCs.
    var pilot: Int64? { isPilot ? characterID?.rawValue : nil }
}
