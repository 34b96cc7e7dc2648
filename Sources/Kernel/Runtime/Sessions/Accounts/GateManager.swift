import KernelAPI

/// ``OrganisationGateAdministration`` on the database.
struct GateManager: OrganisationGateAdministration {
    let database: any Database
    let clock: any WallClock
    let audit: any AuditTrail
    let sessions: Sessions
    let signals: ControlSignals
    let cache: CredentialCache
    let directory: (any CharacterDirectory)?

    func gate() async throws -> OrganisationGate { try await OrganisationGate.read(in: database) }

    func setGate(_ gate: OrganisationGate, by principal: Principal, actor: AuditActor) async throws -> OrganisationGate {
        try await database.transaction("kernel.set_gate") { transaction in
            let old = try await OrganisationGate.read(in: transaction, locked: true)
            guard let rights = try await AccountRights.of(principal.accountID, in: transaction), rights.isSuperAdmin,
                !rights.isBlocked, !principal.isReadOnly
            else { throw Problem(.superadmin) }
            guard gate.verdict(on: rights.primary).isAllowed else {
                throw Problem.conflict(
                    "would_deny_you",
                    "This would keep you out yourself: allow the corporation or alliance of your primary character.")
            }
            guard gate != old else { return }
            try await gate.write(in: transaction)
            try await audit.record(
                AuditEntry(.gateUpdated, target: "auth_config", by: actor, oldValue: old.document, newValue: gate.document),
                in: transaction)
            try await endDenied(by: gate, in: transaction)
            try await signals.send(.gate, in: transaction)
        }
        cache.forgetAll()
        return gate
    }

    func check(eveCharacterID: Int64) async throws -> OrganisationGate.Verdict {
        let report = try await directory?.affiliations(of: [eveCharacterID]) ?? AffiliationReport()
        guard let affiliation = report.known[eveCharacterID] else {
            throw report.unknown.contains(eveCharacterID)
                ? Problem.notFound("There is no character with the id \(eveCharacterID).") : Problem.affiliationUnknown
        }
        return try await gate().verdict(corporationID: affiliation.corporationID, allianceID: affiliation.allianceID)
    }

    /// Ends the sessions of everybody whom the gate denies.
    private func endDenied(by gate: OrganisationGate, in transaction: any Transaction) async throws {
        let denied = try await transaction.query(Self.selectPresent, clock.now).compactMap { row in
            var columns = row.columns
            let account: AccountID = try columns.next()
            let verdict = gate.verdict(corporationID: try columns.next(), allianceID: try columns.next())
            return verdict.isAllowed ? nil : account
        }
        try await sessions.endAll(of: denied, in: transaction)
    }

    private static let selectPresent = Statement(
        "kernel.select_present_accounts",
        """
        SELECT a.id, c.corporation_id, c.alliance_id FROM kernel.account a
        JOIN kernel.character c ON c.id = a.primary_character
        WHERE EXISTS (SELECT FROM kernel.session s WHERE s.account = a.id AND s.ended_at IS NULL AND s.expires_at > $1)
        """)
}

extension Problem {
    /// 403: not enough rights for a policy.
    init(_ policy: Policy) { self.init(.insufficientRole, of: policy) }
}
