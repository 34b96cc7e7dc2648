public import EVE

/// Who takes a side: an alliance, else a corporation. Affiliation is the one on the killmail.
public enum SideEntity: Sendable, Hashable, Comparable, CustomStringConvertible {
    case alliance(AllianceID)
    case corporation(CorporationID)

    /// The entity of a participant; `nil` for NPCs, and for pilots of whom the mail tells no corporation.
    public init?(_ affiliation: Killmail.Affiliation) {
        if let alliance = affiliation.allianceID {
            self = .alliance(alliance)
        } else if let corporation = affiliation.corporationID, affiliation.isPilot || !corporation.isNPC {
            self = .corporation(corporation)
        } else {
            return nil
        }
    }

    /// `99005338`, or `corp:98000001` where there is no alliance.
    public var description: String {
        switch self {
        case .alliance(let id): id.description
        case .corporation(let id): "corp:\(id)"
        }
    }
}
