import KernelAPI
import KernelRedis
import Metrics

/// Values in Redis; without one, in this process's memory. While Redis does not answer there is nothing: what another pod
/// removed meanwhile must not come back from a second place.
struct CacheValues: Sendable {
    /// A longer value is not kept.
    static let largestValue = 1 << 20

    private let redis: RedisClient?
    private let local: LocalCache

    init(redis: RedisClient?, local: LocalCache = LocalCache()) {
        self.redis = redis
        self.local = local
    }

    func value(_ name: String, of plugin: PluginName) async -> [UInt8]? {
        let found: [UInt8]? =
            if let redis {
                // Away is a miss like any other; the client itself tells of its connection.
                try? await redis.send(RedisCommand("GET", .text(name))).bytes()
            } else {
                local.value(name)
            }
        let label = found == nil ? "cache_misses_total" : "cache_hits_total"
        Counter(label: label, dimensions: [("cache", plugin.rawValue)]).increment()
        return found
    }

    func set(_ name: String, to value: [UInt8], for lifetime: Duration) async {
        guard value.count <= Self.largestValue, lifetime > .zero else { return }
        guard let redis else { return local.set(name, to: value, for: lifetime) }
        let milliseconds = max(Int(lifetime / .milliseconds(1)), 1)
        _ = try? await redis.send(RedisCommand("SET", .text(name), .bytes(value), "PX", .integer(milliseconds)))
    }

    func remove(_ names: [String]) async {
        guard !names.isEmpty else { return }
        guard let redis else { return local.remove(names) }
        _ = try? await redis.send(RedisCommand("DEL", arguments: names.map { .text($0) }))
    }
}
