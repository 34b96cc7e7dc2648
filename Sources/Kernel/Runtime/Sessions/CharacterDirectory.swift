/// Where characters belong, as ESI tells it.
public protocol CharacterDirectory: Sendable {
    /// Any number of characters; whoever is in neither part of the answer could not be asked for now.
    ///
    /// Throws `CancellationError` only: an outage is an empty answer.
    func affiliations(of characters: [Int64]) async throws -> AffiliationReport

    /// The names of corporations, alliances and characters, as far as they are known.
    ///
    /// Throws `CancellationError` only.
    func names(of ids: [Int64]) async throws -> [Int64: String]
}

/// What is known about some characters.
public struct AffiliationReport: Sendable, Hashable {
    public var known: [Int64: Affiliation]
    /// There are no such characters.
    public var unknown: Set<Int64>

    public init(known: [Int64: Affiliation] = [:], unknown: Set<Int64> = []) {
        self.known = known
        self.unknown = unknown
    }
}

/// Whom a character stands for.
public struct Affiliation: Sendable, Hashable {
    public var corporationID: Int64
    public var allianceID: Int64?

    public init(corporationID: Int64, allianceID: Int64? = nil) {
        self.corporationID = corporationID
        self.allianceID = allianceID
    }

    var organisationIDs: [Int64] { [corporationID] + (allianceID.map { [$0] } ?? []) }
}
