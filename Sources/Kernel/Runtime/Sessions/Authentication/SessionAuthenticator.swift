import Foundation
import HTTPTypes
import KernelAPI

/// Tells who a request comes from by a login cookie or an API key.
///
/// Costs no query while the credential is cached, else one on a unique index; once a minute one more, to write down that it
/// was used. The cache is used only while the pod is sure to hear of changes, which takes a database that answers: when it
/// does not, every credential is looked up, and that is 503.
final class SessionAuthenticator: Authenticator {
    private let store: CredentialStore
    private let cache: CredentialCache
    private let clock: any WallClock
    private let idle: Duration
    private let address: PublicAddress
    private let denials: DenialLog
    private let views: ViewRegister
    /// Whether changes that other pods make are heard.
    private let hearsChanges: @Sendable () -> Bool

    init(
        store: CredentialStore, cache: CredentialCache, clock: any WallClock, idle: Duration, address: PublicAddress,
        denials: DenialLog, views: ViewRegister,
        hearsChanges: @escaping @Sendable () -> Bool
    ) {
        self.store = store
        self.cache = cache
        self.clock = clock
        self.idle = idle
        self.address = address
        self.denials = denials
        self.views = views
        self.hearsChanges = hearsChanges
    }

    func principal(of head: RequestHead) async throws -> Principal? {
        switch try Credentials(head.headers) {
        case .none: return nil
        case .apiKey(let key):
            guard let principal = try await principal(key.hash, store.apiKey) else { throw Problem.invalidKey }
            return principal
        case .session(let token):
            guard let principal = try await principal(token.hash, store.session) else { return nil }
            if case .viewAs(_, let superAdmin) = principal.credential { views.note(superAdmin, as: principal.accountID) }
            try OriginCheck(publicURL: try address.url).check(head.method, head.headers)
            return principal
        }
    }

    func noteDenial(of principal: Principal?, _ reason: String, at route: String, _ head: RequestHead) async {
        // Looking with another's rights is the superadmin's doing.
        var account = principal?.accountID
        if case .viewAs(_, let superAdmin) = principal?.credential { account = superAdmin }
        await denials.note(
            reason, account: account, route: route, address: head.clientAddress,
            userAgent: head.headers[.userAgent])
    }

    private func principal(
        _ hash: TokenHash, _ load: (TokenHash) async throws -> KnownCredential?
    ) async throws -> Principal? {
        let now = clock.now
        guard let known = try await known(hash, at: now, load), let principal = try known.principal(at: now, idle: idle) else {
            return nil
        }
        try await touch(known.kind, hash, at: now)
        return principal
    }

    private func known(
        _ hash: TokenHash, at now: Date, _ load: (TokenHash) async throws -> KnownCredential?
    ) async throws -> KnownCredential? {
        if hearsChanges(), let known = cache.find(hash, at: now) { return known }
        let epoch = cache.epoch
        guard let known = try await load(hash) else { return nil }
        if hearsChanges() { cache.keep(known, for: hash, readAt: now, since: epoch) }
        return known
    }

    private func touch(_ kind: KnownCredential.Kind, _ hash: TokenHash, at now: Date) async throws {
        let last: Date? =
            switch kind {
            case .session(let session): session.lastSeenAt
            case .apiKey(let key): key.lastUsedAt
            }
        guard last.map({ now.timeIntervalSince($0) >= CredentialStore.touchInterval }) ?? true else { return }
        try await store.touch(kind, at: now)
        cache.update(hash) { kind in
            switch kind {
            case .session(let session): kind = .session(session.seen(at: now))
            case .apiKey(let key): kind = .apiKey(key.used(at: now))
            }
        }
    }
}
