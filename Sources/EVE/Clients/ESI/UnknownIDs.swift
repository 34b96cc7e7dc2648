/// Ids that ESI did not know, remembered for a while so that they do not spoil every batch again. Not for ever: ESI also
/// denies ids that exist.
struct UnknownIDs: Sendable {
    static let maximumCount = 20_000

    private let lifetime: Duration
    private var forgetAt: [Int64: Duration] = [:]
    /// In the order of insertion, which is the order of forgetting.
    private var order: [(id: Int64, forgetAt: Duration)] = []

    init(lifetime: Duration) { self.lifetime = lifetime }

    func contains(_ id: Int64, at now: Duration) -> Bool { forgetAt[id].map { $0 > now } ?? false }

    mutating func insert(_ id: Int64, at now: Duration) {
        let moment = now + lifetime
        forgetAt[id] = moment
        order.append((id, moment))
        guard order.count > Self.maximumCount else { return }
        // Half at once, so that the array is not shifted for every insertion.
        for entry in order.prefix(Self.maximumCount / 2) where forgetAt[entry.id] == entry.forgetAt { forgetAt[entry.id] = nil }
        order.removeFirst(Self.maximumCount / 2)
    }
}
