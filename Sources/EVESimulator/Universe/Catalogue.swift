/// What can be flown, shot with and carried. Groups and categories have the numbers and general words of the game; types
/// are invented.
public struct Catalogue: Sendable {
    public struct Group: Sendable, Identifiable {
        public let id: Int64
        public let name: String
        public let categoryID: Int64
    }

    public struct ItemType: Sendable, Identifiable {
        public let id: Int64
        public let name: String
        public let groupID: Int64
        public let categoryID: Int64
        /// ISK.
        public let price: Int64
        /// What it takes to destroy it.
        public let hitPoints: Int
        /// Cubic metres.
        public let volume: Double
    }

    /// How big a hull is, which decides who flies it where.
    public enum Role: String, Sendable, CaseIterable {
        case capsule, rookie, frigate, destroyer, cruiser, battlecruiser, battleship, logistics, hauler, miner, capital,
            structure,
            deployable
        case rat, weapon, module
    }

    public private(set) var groups: [Group] = []
    public private(set) var types: [ItemType] = []
    /// Indices into ``types``.
    private var byRole: [Role: [Int]] = [:]

    public func indices(_ role: Role) -> [Int] { byRole[role] ?? [] }

    /// The pod is the one type that everybody knows by number.
    static let capsuleID: Int64 = 670

    init() {
        groups.append(Group(id: 29, name: "Capsule", categoryID: 6))
        types.append(
            ItemType(
                id: Self.capsuleID, name: "Capsule", groupID: 29, categoryID: 6, price: 10_000, hitPoints: 440, volume: 1000))
        byRole[.capsule] = [0]
        var nextID: Int64 = 85_001
        for row in Self.rows {
            groups.append(Group(id: row.group.id, name: row.group.name, categoryID: row.group.category))
            for (number, name) in row.names.enumerated() {
                byRole[row.role, default: []].append(types.count)
                types.append(
                    ItemType(
                        id: nextID, name: name, groupID: row.group.id, categoryID: row.group.category,
                        price: Int64(row.price * 1_000_000 * (1 + 0.07 * Double(number))), hitPoints: row.hitPoints,
                        volume: row.volume))
                nextID += 1
            }
        }
    }
}
