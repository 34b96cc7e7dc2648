import Foundation
import KernelAPI

/// Who an account is and what it may do, at one moment.
struct AccountRights: Sendable, Hashable {
    let id: AccountID
    let displayName: String
    let isSuperAdmin: Bool
    let isBlocked: Bool
    /// What stands for the account; without one nobody can be it.
    let primary: Primary?
    let roles: [FeatureKey: Role]

    struct Primary: Sendable, Hashable {
        let eveCharacterID: Int64
        let corporationID: Int64?
        let allianceID: Int64?
    }

    /// The columns that ``init(_:)`` reads, of an account `a` with its primary character `c`.
    static let columns: StaticString = """
        a.id, a.display_name, a.is_superadmin, a.blocked_at IS NOT NULL, c.eve_character_id, c.corporation_id, c.alliance_id,
        ARRAY(SELECT r.feature FROM kernel.feature_role r WHERE r.account = a.id ORDER BY r.feature),
        ARRAY(SELECT r.rank::bigint FROM kernel.feature_role r WHERE r.account = a.id ORDER BY r.feature)
        """

    init(_ columns: inout RowReader) throws {
        id = try columns.next()
        displayName = try columns.next()
        isSuperAdmin = try columns.next()
        isBlocked = try columns.next()
        let character: Int64? = try columns.next()
        let (corporation, alliance): (Int64?, Int64?) = (try columns.next(), try columns.next())
        primary = character.map { Primary(eveCharacterID: $0, corporationID: corporation, allianceID: alliance) }
        let (features, ranks): ([String], [Int]) = (try columns.next(), try columns.next())
        roles = Dictionary(
            zip(features, ranks).compactMap { feature, rank in Role(rawValue: rank).map { (FeatureKey(rawValue: feature), $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// The rights of one account; nothing when there is no such account.
    static let select = Statement(
        "kernel.select_rights",
        fragments: [
            "SELECT", columns,
            "FROM kernel.account a LEFT JOIN kernel.character c ON c.id = a.primary_character WHERE a.id = $1",
        ])

    /// - Returns: `nil` when there is no such account.
    static func of(_ account: AccountID, in session: any SQLSession) async throws -> AccountRights? {
        try await session.query(select, account).first.map { row in
            var columns = row.columns
            return try AccountRights(&columns)
        }
    }

    /// Somebody with the rights of this moment, for changes that must not go by what was true when their request came.
    ///
    /// - Throws: ``Problem`` 401 when the account is gone, 403 when it is blocked.
    static func refreshed(_ principal: Principal, in session: any SQLSession) async throws -> Principal {
        guard let rights = try await of(principal.accountID, in: session) else { throw Problem.notSignedIn }
        guard !rights.isBlocked else { throw Problem.accountBlocked }
        return rights.principal(by: principal.credential)
    }

    func principal(by credential: Principal.Credential) -> Principal {
        Principal(
            accountID: id, displayName: displayName, isSuperAdmin: isSuperAdmin, roles: roles, credential: credential,
            primaryCharacterID: primary?.eveCharacterID, corporationID: primary?.corporationID, allianceID: primary?.allianceID)
    }
}
