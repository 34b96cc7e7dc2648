/// A durable queue of work, as rows in PostgreSQL: pushed and taken in the transactions that produce and do the work, so
/// that neither a crash nor a lost wake-up loses anything.
///
/// Items are 64-bit keys, "something is to be done about killmail 42". They come in no particular order, and can come
/// more than once: whoever takes them must not mind.
public protocol Queue: Sendable {
    var name: QueueName { get }

    /// Adds keys; takers see them when the transaction commits.
    func push(_ keys: [Int64], in transaction: any Transaction) async throws

    /// Takes at most `limit` keys that nobody else holds. They are gone when the transaction commits and back when it does
    /// not.
    func take(atMost limit: Int, in transaction: any Transaction) async throws -> [Int64]

    /// How many keys wait, those included that somebody is working on.
    func count(in session: any SQLSession) async throws -> Int
}

/// A queue's name: `producer.what`, for example `killmails.stored`.
public struct QueueName: RawRepresentable, Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }
}
