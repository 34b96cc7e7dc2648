/// Whether a client may keep a route's answer. Shared caches never may: answers depend on who asks.
public enum CachePolicy: Sendable, Hashable {
    /// `no-store`: what is asked again is answered anew.
    case never
    /// Kept, and asked about every time: an answer that has not changed is 304 without a body, by its `ETag`.
    case revalidate
    /// Kept and not asked about for so many seconds; then as ``revalidate``.
    case keep(seconds: Int)

    /// The `Cache-Control` field.
    public var header: String {
        switch self {
        case .never: "no-store"
        case .revalidate: "private, no-cache"
        case .keep(let seconds): "private, max-age=\(seconds)"
        }
    }
}
