/// Where it is known to which corporation and alliance a character belongs now: ESI, at most an hour behind.
public protocol AffiliationSource: Sendable {
    /// Affiliations of as many of `characters` as possible; the answer accounts for every one of them.
    ///
    /// Throws only `CancellationError`: an outage is an answer with everything in ``AffiliationAnswer/later``.
    func affiliations(of characters: [CharacterID]) async throws -> AffiliationAnswer
}

/// What is known about a set of characters after asking.
public struct AffiliationAnswer: Sendable, Hashable {
    public var affiliations: [CharacterID: CharacterAffiliation]
    /// Characters that the service does not know, or left out of its answer: where they belong stays open.
    public var unknown: Set<CharacterID>
    /// Characters to ask for again, after ``retryAfter`` if there is one.
    public var later: Set<CharacterID>
    public var retryAfter: Duration?

    public init(
        affiliations: [CharacterID: CharacterAffiliation] = [:], unknown: Set<CharacterID> = [], later: Set<CharacterID> = [],
        retryAfter: Duration? = nil
    ) {
        self.affiliations = affiliations
        self.unknown = unknown
        self.later = later
        self.retryAfter = retryAfter
    }
}

/// Whom a character stands for.
public struct CharacterAffiliation: Sendable, Hashable {
    /// Everybody is in one, if only in an NPC corporation.
    public var corporationID: CorporationID
    public var allianceID: AllianceID?
    /// The side in factional warfare.
    public var factionID: FactionID?

    public init(corporationID: CorporationID, allianceID: AllianceID? = nil, factionID: FactionID? = nil) {
        self.corporationID = corporationID
        self.allianceID = allianceID
        self.factionID = factionID
    }
}
