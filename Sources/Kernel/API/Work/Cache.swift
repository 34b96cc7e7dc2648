/// Values that can be made again, shared by all pods while Redis is there and forgotten when it is not.
///
/// Nothing here throws: a cache that does not answer is a cache without the value.
public protocol Cache: Sendable {
    /// - Returns: `nil` when there is no such value, it has expired, or the cache does not answer.
    func value(_ key: CacheKey) async -> [UInt8]?
    func set(_ key: CacheKey, to value: [UInt8], for lifetime: Duration) async
    func remove(_ keys: [CacheKey]) async
}

/// A value's name within the plugin: at most 200 bytes.
public struct CacheKey: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
}
