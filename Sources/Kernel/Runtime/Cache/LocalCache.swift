import Synchronization

/// A bounded cache in this process's memory, for installations without Redis.
///
/// In two generations: when the young one is full the old one is forgotten and the young one becomes old. What is asked for
/// moves back among the young.
final class LocalCache: Sendable {
    private struct Value {
        let bytes: [UInt8]
        let until: ContinuousClock.Instant
    }

    private struct State {
        var young: [String: Value] = [:]
        var youngBytes = 0
        var old: [String: Value] = [:]
    }

    private let mostBytes: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameter mostBytes: of values and names together, roughly.
    init(mostBytes: Int = 32 << 20, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.mostBytes = mostBytes
        self.now = now
    }

    func value(_ name: String) -> [UInt8]? {
        let time = now()
        return state.withLock { state in
            guard let value = state.young[name] ?? state.old[name], value.until > time else { return nil }
            if state.young[name] == nil { keep(name, value, in: &state) }
            return value.bytes
        }
    }

    func set(_ name: String, to bytes: [UInt8], for lifetime: Duration) {
        let value = Value(bytes: bytes, until: now() + lifetime)
        state.withLock { keep(name, value, in: &$0) }
    }

    func remove(_ names: [String]) {
        state.withLock { state in
            for name in names {
                if let value = state.young.removeValue(forKey: name) { state.youngBytes -= Self.size(name, value) }
                state.old.removeValue(forKey: name)
            }
        }
    }

    private func keep(_ name: String, _ value: Value, in state: inout State) {
        let size = Self.size(name, value)
        guard size <= mostBytes / 2 else { return }
        if state.youngBytes + size > mostBytes / 2 {
            state.old = state.young
            state.young = [:]
            state.youngBytes = 0
        }
        if let before = state.young.updateValue(value, forKey: name) { state.youngBytes -= Self.size(name, before) }
        state.youngBytes += size
    }

    private static func size(_ name: String, _ value: Value) -> Int { name.utf8.count + value.bytes.count + 64 }
}
