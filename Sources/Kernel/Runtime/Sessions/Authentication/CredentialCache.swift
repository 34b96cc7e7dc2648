import Foundation
import KernelAPI
import Synchronization

/// What recent credentials stood for, so that most requests need no query.
///
/// Bounded: two generations; when the young one is full, the old one is forgotten. What is read while a change is announced is
/// not kept: it may be from before the change.
final class CredentialCache: Sendable {
    /// Asked again after so long, whatever happens.
    static let lifetime = 60.0

    private struct Entry {
        var known: KnownCredential
        let readAt: Date
    }

    private struct State {
        var young: [TokenHash: Entry] = [:]
        var old: [TokenHash: Entry] = [:]
        /// Counts the changes.
        var epoch = 0
    }

    private let most: Int
    private let state = Mutex(State())

    /// - Parameter most: how many are kept; about a kilobyte each.
    init(most: Int = 10_000) { self.most = max(most, 2) }

    /// To be taken before the database is asked, and handed to ``keep(_:for:readAt:since:)``.
    var epoch: Int { state.withLock { $0.epoch } }

    func find(_ hash: TokenHash, at now: Date) -> KnownCredential? {
        state.withLock { state in
            guard let entry = state.young[hash] ?? state.old[hash] else { return nil }
            let age = now.timeIntervalSince(entry.readAt)
            guard (0..<Self.lifetime).contains(age) else { return nil }
            if state.young[hash] == nil { insert(entry, hash, &state) }
            return entry.known
        }
    }

    func keep(_ known: KnownCredential, for hash: TokenHash, readAt: Date, since epoch: Int) {
        state.withLock { state in
            guard state.epoch == epoch else { return }
            insert(Entry(known: known, readAt: readAt), hash, &state)
        }
    }

    /// Notes that a credential was used, without reading it again.
    func update(_ hash: TokenHash, _ change: (inout KnownCredential.Kind) -> Void) {
        state.withLock { state in
            guard var entry = state.young[hash] ?? state.old[hash] else { return }
            change(&entry.known.kind)
            insert(entry, hash, &state)
        }
    }

    func forget(_ accounts: Set<AccountID>) {
        state.withLock { state in
            state.epoch += 1
            state.young = state.young.filter { !$0.value.known.concerns(accounts) }
            state.old = state.old.filter { !$0.value.known.concerns(accounts) }
        }
    }

    func forgetAll() {
        state.withLock { state in
            state.epoch += 1
            state.young = [:]
            state.old = [:]
        }
    }

    var count: Int { state.withLock { $0.young.count + $0.old.count } }

    private func insert(_ entry: Entry, _ hash: TokenHash, _ state: inout State) {
        if state.young[hash] == nil, state.young.count >= most / 2 {
            state.old = state.young
            state.young = [:]
        }
        state.young[hash] = entry
    }
}
