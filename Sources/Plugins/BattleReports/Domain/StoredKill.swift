import EVE

/// A killmail as the contract views tell it.
struct StoredKill: Sendable {
    let killmail: Killmail
    let securityType: SecurityType?
    let clusterKill: ClusterKill

    init(killmail: Killmail, securityType: SecurityType?) {
        self.killmail = killmail
        self.securityType = securityType
        clusterKill = ClusterKill(killmail)
    }
}
