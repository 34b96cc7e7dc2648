import Synchronization

/// With whose rights superadmins have looked on this pod: a change of a superadmin concerns the streams that they opened as
/// somebody else.
final class ViewRegister: Sendable {
    /// Beyond, everybody's streams are judged instead.
    static let most = 1_000

    private let viewed = Mutex<[AccountID: Set<AccountID>]?>([:])

    func note(_ superAdmin: AccountID, as account: AccountID) {
        viewed.withLock { viewed in
            guard viewed?[superAdmin]?.contains(account) != true else { return }
            viewed?[superAdmin, default: []].insert(account)
            if let all = viewed, all.values.reduce(0, { $0 + $1.count }) > Self.most { viewed = nil }
        }
    }

    /// The accounts themselves and those that they looked as; `nil` for everybody.
    func concerned(by accounts: Set<AccountID>) -> Set<AccountID>? {
        viewed.withLock { viewed in
            viewed.map { viewed in accounts.reduce(into: accounts) { $0.formUnion(viewed[$1] ?? []) } }
        }
    }
}
