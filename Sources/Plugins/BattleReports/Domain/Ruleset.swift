import EVE

/// Which killmails take part in battles.
struct Ruleset: Sendable, Hashable {
    /// Distinct pilots on the mail, victim included; NPCs do not count.
    var minPilots: Int
    var trackedAlliances: Set<AllianceID> = []
    var trackedCorporations: Set<CorporationID> = []
    /// Empty: every system.
    var trackedSystems: Set<SolarSystemID> = []
    /// Empty: every kind of space.
    var trackedSecurityTypes: Set<SecurityType> = []
    /// Only killmails with a tracked alliance or corporation on them count.
    var ignoreUnlisted = false

    /// Why a killmail does not take part. The raw values are stored.
    enum Rejection: String, Sendable {
        case tooFewPilots = "too_few_pilots"
        case systemNotTracked = "system_not_tracked"
        case securityTypeNotTracked = "security_type_not_tracked"
        case unlisted
        /// Abyssal and void space: kept, never part of a battle, whatever the ruleset says.
        case instancedSpace = "instanced_space"
        /// Clustering this killmail failed, which is a defect of this program; the log has the error.
        case clusteringFailed = "clustering_failed"
    }

    /// - Returns: `nil` when the killmail takes part.
    func rejection(of killmail: Killmail, securityType: SecurityType?) -> Rejection? {
        guard ClusterKill.isClusterable(in: killmail.solarSystemID) else { return .instancedSpace }
        let affiliations = [killmail.victim.affiliation] + killmail.attackers.map(\.affiliation)
        if Set(affiliations.filter(\.isPilot).map(\.characterID)).count < minPilots { return .tooFewPilots }
        if !trackedSystems.isEmpty, !trackedSystems.contains(killmail.solarSystemID) { return .systemNotTracked }
        if !trackedSecurityTypes.isEmpty, !(securityType.map { trackedSecurityTypes.contains($0) } ?? false) {
            return .securityTypeNotTracked
        }
        // Lists without ignoreUnlisted only say what is "tracked"; they keep nothing out.
        guard ignoreUnlisted else { return nil }
        let listed = affiliations.contains { affiliation in
            affiliation.allianceID.map { trackedAlliances.contains($0) } ?? false
                || affiliation.corporationID.map { trackedCorporations.contains($0) } ?? false
        }
        return listed ? nil : .unlisted
    }
}
