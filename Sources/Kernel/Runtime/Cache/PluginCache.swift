import KernelAPI

/// The cache as one plugin sees it: its keys meet no other plugin's.
struct PluginCache: Cache {
    let plugin: PluginName
    let values: CacheValues

    func value(_ key: CacheKey) async -> [UInt8]? { await values.value(name(key), of: plugin) }

    func set(_ key: CacheKey, to value: [UInt8], for lifetime: Duration) async {
        await values.set(name(key), to: value, for: lifetime)
    }

    func remove(_ keys: [CacheKey]) async { await values.remove(keys.map(name)) }

    private func name(_ key: CacheKey) -> String { "battlescope:\(plugin):\(key.rawValue)" }
}
