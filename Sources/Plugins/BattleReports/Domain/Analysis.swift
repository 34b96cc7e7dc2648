public import EVE

/// The battles of a set of killmails in one pass: by start time, then by the first kill's id; ids ascending within each.
///
/// Killmails may come in any order and repeat; kills in instanced space are left out.
public func battles(from killmails: [Killmail], rule: LinkRule) -> [[KillmailID]] {
    partition(killmails.map { ClusterKill($0) }, rule: rule).map(\.killmailIDs)
}
