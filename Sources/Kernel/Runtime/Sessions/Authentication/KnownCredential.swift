import Foundation
import KernelAPI

/// What a credential stands for: read with one query, kept for at most a minute.
struct KnownCredential: Sendable {
    enum Kind: Sendable {
        case session(SessionRecord)
        case apiKey(KeyRecord)
    }

    var kind: Kind
    let rights: AccountRights
    /// The rights that are used instead, when a superadmin looks as somebody else.
    let viewed: AccountRights?
    let gate: OrganisationGate

    /// Whose change makes this out of date.
    func concerns(_ accounts: Set<AccountID>) -> Bool {
        accounts.contains(rights.id) || viewed.map { accounts.contains($0.id) } ?? false
    }

    /// Who asks with it.
    ///
    /// - Returns: `nil` when it is not valid any more.
    /// - Throws: ``Problem`` 403 when the account is blocked or its organisation is denied; 401 for a key that is not valid.
    func principal(at now: Date, idle: Duration) throws -> Principal? {
        // First: the sessions of a blocked account have ended, and its owner should learn why.
        if rights.isBlocked { throw Problem.accountBlocked }
        guard let primary = rights.primary else { return nil }
        guard gate.verdict(on: primary).isAllowed else { throw Problem.organisationDenied }
        switch kind {
        case .apiKey(let key):
            guard key.isValid(at: now) else { throw Problem.invalidKey }
            return rights.principal(by: .apiKey(key.id, features: key.features))
        case .session(let session):
            guard session.isValid(at: now, idle: idle) else { return nil }
            guard session.viewAs != nil else { return rights.principal(by: .session(session.id)) }
            // Without the flag there is no looking as somebody else, and no falling back either.
            guard rights.isSuperAdmin, let viewed else { return nil }
            return viewed.principal(by: .viewAs(session: session.id, superadmin: rights.id))
        }
    }
}
