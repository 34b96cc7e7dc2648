/// When published keys are used, fetched and given up: a value without I/O or clock. Moments are measured like
/// ``OutsideTime/uptime``.
struct SigningKeyCache: Sendable {
    /// For how long keys are used without asking again.
    static let freshness = Duration.seconds(3_600)
    /// For how long keys are used while asking again fails.
    static let patience = Duration.seconds(86_400)
    /// Between two fetches because of a key that was not known, or did not fit.
    static let refetchInterval = Duration.seconds(30)
    /// After a fetch that failed.
    static let failurePause = Duration.seconds(5)

    enum Step: Sendable {
        case use(SigningKey)
        case fetch
        /// There is no such key.
        case unknown
        /// Whether there is such a key cannot be said before that long.
        case unavailable(retryAfter: Duration)
    }

    private let scale: Double
    private var keys: SigningKeySet?
    private var fetchedAt = Duration.zero
    private var refetchAllowedAt = Duration.zero
    private var failedUntil: Duration?

    init(scale: Double) { self.scale = scale }

    private func isFresh(at now: Duration) -> Bool { keys != nil && now < fetchedAt + Self.freshness * scale }

    /// - Parameter hasFetched: keys were fetched for this very question.
    mutating func step(for id: SigningKey.ID, at now: Duration, hasFetched: Bool) -> Step {
        let known = keys?[id]
        let isFresh = isFresh(at: now)
        if let known, isFresh || hasFetched { return .use(known) }
        if !hasFetched, !isFailing(at: now) {
            if !isFresh || mayRefetch(at: now) { return .fetch }
        }
        if let known { return .use(known) }
        guard keys != nil, failedUntil == nil else { return .unavailable(retryAfter: Self.failurePause * scale) }
        return .unknown
    }

    /// Whether to fetch because what is known does not do. Saying yes counts.
    mutating func mayRefetch(at now: Duration) -> Bool {
        guard !isFailing(at: now), now >= refetchAllowedAt else { return false }
        refetchAllowedAt = now + Self.refetchInterval * scale
        return true
    }

    /// Whether to fetch before a question is asked.
    func shouldPrepare(at now: Duration) -> Bool { !isFresh(at: now) && !isFailing(at: now) }

    var hasKeys: Bool { keys != nil }

    /// The key that was known last, however old.
    subscript(id: SigningKey.ID) -> SigningKey? { keys?[id] }

    private func isFailing(at now: Duration) -> Bool { failedUntil.map { now < $0 } ?? false }

    /// Takes what a fetch brought, `nil` for nothing usable.
    mutating func settle(_ fetched: SigningKeySet?, at now: Duration) {
        if let fetched {
            (keys, fetchedAt, failedUntil) = (fetched, now, nil)
            return
        }
        failedUntil = now + Self.failurePause * scale
        if now >= fetchedAt + Self.patience * scale { keys = nil }
    }
}
