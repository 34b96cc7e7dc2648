import KernelAPI
import Metrics

/// The statements that one connection has prepared, the least recently used forgotten first.
struct PreparedStatements {
    /// Parameter types belong to the key: the server fixes them when it prepares.
    struct Key: Hashable, Sendable {
        let statement: Statement
        let types: [SQLType]

        /// Hashes the name only: texts are long, and two variants of one name are told apart by `==`.
        func hash(into hasher: inout Hasher) { hasher.combine(statement.name) }
    }

    struct Entry {
        /// The statement's name on the server; never used again for another one.
        let serverName: String
        let timer: Timer
        var lastUse: Int
        /// Until the server has confirmed it, the statement must be prepared again.
        var isConfirmed = false
    }

    static let defaultLimit = 256

    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private var clock = 0
    private var nextNumber = 0

    init(limit: Int = defaultLimit) { self.limit = limit }

    var count: Int { entries.count }

    /// The entry of a statement that the server has prepared.
    mutating func confirmed(_ key: Key) -> Entry? {
        guard let index = entries.index(forKey: key), entries.values[index].isConfirmed else { return nil }
        clock += 1
        entries.values[index].lastUse = clock
        return entries.values[index]
    }

    /// Gives a statement a name on the server.
    ///
    /// - Returns: the new entry, and the name of the statement that has to be deallocated for it.
    mutating func reserve(_ key: Key, timer: Timer) -> (entry: Entry, evicted: String?) {
        var evicted: String?
        if entries.count >= limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
            // One that was never confirmed may not exist: DEALLOCATE would fail and take the flight with it.
            if oldest.value.isConfirmed { evicted = oldest.value.serverName }
        }
        clock += 1
        nextNumber += 1
        let entry = Entry(serverName: "s\(nextNumber)", timer: timer, lastUse: clock)
        entries[key] = entry
        return (entry, evicted)
    }

    mutating func confirm(_ key: Key) {
        guard let index = entries.index(forKey: key) else { return }
        entries.values[index].isConfirmed = true
    }

    mutating func forget(_ key: Key) { entries[key] = nil }
}
