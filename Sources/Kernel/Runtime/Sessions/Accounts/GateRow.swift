import HTTPTypes
import KernelAPI

/// The organisation gate as it lies in `kernel.auth_config`.
extension OrganisationGate {
    /// The columns that ``init(columns:)`` reads, of the row `g`.
    static let columns: StaticString = """
        g.requires_membership, g.allowed_corporations, g.allowed_alliances, g.denied_corporations, g.denied_alliances
        """

    init(columns: inout RowReader) throws {
        self.init()
        requiresMembership = try columns.next()
        allowedCorporationIDs = Set(try columns.next([Int64].self))
        allowedAllianceIDs = Set(try columns.next([Int64].self))
        deniedCorporationIDs = Set(try columns.next([Int64].self))
        deniedAllianceIDs = Set(try columns.next([Int64].self))
    }

    private static let select = Statement("kernel.select_gate", fragments: ["SELECT", columns, "FROM kernel.auth_config g"])
    private static let selectLocked = Statement(
        "kernel.lock_gate", fragments: ["SELECT", columns, "FROM kernel.auth_config g FOR UPDATE"])
    private static let update = Statement(
        "kernel.update_gate",
        """
        UPDATE kernel.auth_config SET requires_membership = $1, allowed_corporations = $2, allowed_alliances = $3,
            denied_corporations = $4, denied_alliances = $5
        """)

    /// - Parameter locked: nobody else changes it until the transaction ends.
    static func read(in session: any SQLSession, locked: Bool = false) async throws -> OrganisationGate {
        guard let row = try await session.query(locked ? selectLocked : select).first else {
            throw DatabaseError(.decoding, "the organisation gate's row is missing", statement: select.name)
        }
        var columns = row.columns
        return try OrganisationGate(columns: &columns)
    }

    func write(in transaction: any Transaction) async throws {
        try await transaction.query(
            Self.update, requiresMembership, allowedCorporationIDs.sorted(), allowedAllianceIDs.sorted(),
            deniedCorporationIDs.sorted(), deniedAllianceIDs.sorted())
    }

    /// Whether it lets everybody pass, so that nothing need be known of them.
    var isOpenToAll: Bool { !requiresMembership && deniedCorporationIDs.isEmpty && deniedAllianceIDs.isEmpty }

    /// The verdict on whom a character stands for.
    func verdict(on primary: AccountRights.Primary?) -> Verdict {
        verdict(corporationID: primary?.corporationID, allianceID: primary?.allianceID)
    }

    /// For the audit log.
    var document: [UInt8] {
        AuditEntry.document { json in
            json.field("requiresMembership", requiresMembership)
            func list(_ key: StaticString, _ ids: Set<Int64>) { json.array(key, ids.sorted()) { $0.value(String($1)) } }
            list("allowedCorporationIds", allowedCorporationIDs)
            list("allowedAllianceIds", allowedAllianceIDs)
            list("deniedCorporationIds", deniedCorporationIDs)
            list("deniedAllianceIds", deniedAllianceIDs)
        }
    }
}

extension Problem {
    static let accountBlocked = Problem(
        .forbidden, "account_blocked", "This account was blocked by an administrator. Ask one, if you think that is a mistake.")
    static let organisationDenied = Problem(
        .forbidden, "organisation_denied",
        "Your corporation and alliance are not among those that may use this installation (judged by your primary character).")
}
