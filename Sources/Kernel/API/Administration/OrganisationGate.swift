/// Which corporations and alliances may log in at all; judged on an account's primary character.
///
/// In this order: denied corporation, denied alliance, membership not required (allow), allowed corporation, allowed alliance,
/// else deny.
public struct OrganisationGate: Sendable, Hashable {
    public var requiresMembership: Bool
    public var allowedCorporationIDs: Set<Int64>
    public var allowedAllianceIDs: Set<Int64>
    public var deniedCorporationIDs: Set<Int64>
    public var deniedAllianceIDs: Set<Int64>

    public init(
        requiresMembership: Bool = false, allowedCorporationIDs: Set<Int64> = [], allowedAllianceIDs: Set<Int64> = [],
        deniedCorporationIDs: Set<Int64> = [], deniedAllianceIDs: Set<Int64> = []
    ) {
        self.requiresMembership = requiresMembership
        self.allowedCorporationIDs = allowedCorporationIDs
        self.allowedAllianceIDs = allowedAllianceIDs
        self.deniedCorporationIDs = deniedCorporationIDs
        self.deniedAllianceIDs = deniedAllianceIDs
    }

    /// The rule that decides.
    public enum Verdict: String, Sendable, CaseIterable, Hashable {
        case corporationDenied = "corporation_denied"
        case allianceDenied = "alliance_denied"
        case membershipNotRequired = "membership_not_required"
        case corporationAllowed = "corporation_allowed"
        case allianceAllowed = "alliance_allowed"
        case notListed = "not_listed"

        public var isAllowed: Bool {
            switch self {
            case .membershipNotRequired, .corporationAllowed, .allianceAllowed: true
            case .corporationDenied, .allianceDenied, .notListed: false
            }
        }
    }

    public func verdict(corporationID: Int64?, allianceID: Int64?) -> Verdict {
        if let corporationID, deniedCorporationIDs.contains(corporationID) { return .corporationDenied }
        if let allianceID, deniedAllianceIDs.contains(allianceID) { return .allianceDenied }
        guard requiresMembership else { return .membershipNotRequired }
        if let corporationID, allowedCorporationIDs.contains(corporationID) { return .corporationAllowed }
        if let allianceID, allowedAllianceIDs.contains(allianceID) { return .allianceAllowed }
        return .notListed
    }
}

/// The organisation gate as it is set.
public protocol OrganisationGateAdministration: Sendable {
    func gate() async throws -> OrganisationGate
    /// Acts on logins at once, and on sessions of those who are denied now within a minute.
    func setGate(_ gate: OrganisationGate, by principal: Principal, actor: AuditActor) async throws -> OrganisationGate
    /// What the gate says about a character, with its affiliation asked anew.
    ///
    /// - Throws: ``Problem`` 404 when there is no such character, 503 when ESI does not answer.
    func check(eveCharacterID: Int64) async throws -> OrganisationGate.Verdict
}
