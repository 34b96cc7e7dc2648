import EVE

/// The keys with which EVE's single sign-on signs, fetched when they are needed.
///
/// An actor because all verifications share one set of keys, and one fetch of them.
actor SigningKeys {
    static let path = "/oauth/jwks"

    private let transport: SSOTransport
    private let time: OutsideTime
    private var cache: SigningKeyCache
    private var fetching: Task<Void, Never>?

    init(transport: SSOTransport, time: OutsideTime) {
        self.transport = transport
        self.time = time
        cache = SigningKeyCache(scale: time.scale)
    }

    /// - Throws: ``TokenRejection/unknownKey``, ``SSOError`` if the keys cannot be had, or `CancellationError`.
    func key(_ id: SigningKey.ID) async throws -> SigningKey {
        var step = cache.step(for: id, at: time.uptime(), hasFetched: false)
        if case .use(let key) = step { return key }
        // A fetch that is under way may bring the key, whoever started it.
        var fetches = fetching != nil
        if case .fetch = step { fetches = true }
        if fetches {
            await fetch()
            try Task.checkCancellation()
            step = cache.step(for: id, at: time.uptime(), hasFetched: true)
        }
        switch step {
        case .use(let key): return key
        case .unknown: throw TokenRejection.unknownKey
        case .unavailable(let retryAfter): throw Self.unavailable(retryAfter: retryAfter)
        case .fetch: throw Self.unavailable(retryAfter: nil)
        }
    }

    /// The key that has taken the place of one that did not fit, under the same name; `nil` if none has.
    ///
    /// EVE's key has a name that says nothing of it, so a new one may well bear it too.
    ///
    /// - Throws: `CancellationError`
    func successor(of key: SigningKey) async throws -> SigningKey? {
        if let known = cache[key.id], !known.isSame(as: key) { return known }
        guard fetching != nil || cache.mayRefetch(at: time.uptime()) else { return nil }
        await fetch()
        try Task.checkCancellation()
        return cache[key.id].flatMap { $0.isSame(as: key) ? nil : $0 }
    }

    /// Sees to it that there are keys, before something is spent on a token that could not be verified without.
    ///
    /// - Throws: ``SSOError`` if they cannot be had, or `CancellationError`.
    func prepare() async throws {
        if fetching != nil || cache.shouldPrepare(at: time.uptime()) { await fetch() }
        try Task.checkCancellation()
        guard cache.hasKeys else { throw Self.unavailable(retryAfter: time.scaled(SigningKeyCache.failurePause)) }
    }

    /// A task of its own, since it works for everybody who waits: whoever gives up must not take the keys from the others.
    /// The transport's timeouts bound it.
    private func fetch() async {
        let task = fetching ?? Task { await load() }
        fetching = task
        await task.value
    }

    private func load() async {
        let keys: SigningKeySet? =
            if let answer = try? await transport.get(Self.path), answer.status == 200 { SigningKeySet(answer.body) } else { nil }
        cache.settle(keys, at: time.uptime())
        fetching = nil
    }

    private static func unavailable(retryAfter: Duration?) -> SSOError {
        SSOError(.unavailable, "the keys of EVE SSO cannot be had", retryAfter: retryAfter)
    }
}
