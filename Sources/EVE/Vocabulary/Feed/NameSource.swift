/// Where ids get their names: ESI.
public protocol NameSource: Sendable {
    /// Names for as many of `ids` as possible; the answer accounts for every one of them.
    ///
    /// Throws only `CancellationError`: an outage is an answer with everything in ``NameAnswer/later``.
    func names(_ ids: [Int64]) async throws -> NameAnswer
}

/// What is known about a set of ids after asking.
public struct NameAnswer: Sendable, Hashable {
    public var names: [Int64: EntityName]
    /// Ids that the service does not know.
    public var unknown: Set<Int64>
    /// Ids to ask for again, after ``retryAfter`` if there is one.
    public var later: Set<Int64>
    public var retryAfter: Duration?

    public init(
        names: [Int64: EntityName] = [:], unknown: Set<Int64> = [], later: Set<Int64> = [], retryAfter: Duration? = nil
    ) {
        self.names = names
        self.unknown = unknown
        self.later = later
        self.retryAfter = retryAfter
    }
}

/// A name and what kind of thing bears it.
public struct EntityName: Sendable, Hashable {
    public enum Category: String, Sendable, CaseIterable {
        case alliance, character, constellation, corporation, faction, region, station
        case solarSystem = "solar_system"
        case inventoryType = "inventory_type"
    }

    public var category: Category
    public var name: String

    public init(category: Category, name: String) {
        self.category = category
        self.name = name
    }
}
