public import EVE

/// An invented New Eden: map, ships, organisations and people, all from one seed. Ids lie in the ranges that CCP uses, so
/// that rules by range (wormholes, abyssal space, NPCs) hold; names are invented.
public struct Universe: Sendable {
    public let seed: UInt64
    public internal(set) var regions: [Region] = []
    public internal(set) var constellations: [Constellation] = []
    public internal(set) var systems: [SolarSystem] = []
    public internal(set) var catalogue = Catalogue()
    public internal(set) var alliances: [Alliance] = []
    public internal(set) var corporations: [Corporation] = []
    public internal(set) var characters: [Character] = []
    public internal(set) var factions: [Faction] = []
    /// Who is offered at the simulated login.
    public internal(set) var loginCharacters: [LoginCharacter] = []

    public struct Region: Sendable, Identifiable {
        public let id: Int64
        public let name: String
        public let kind: SecurityType
        public let wormholeClass: Int
    }

    public struct Constellation: Sendable, Identifiable {
        public let id: Int64
        public let name: String
        public let regionID: Int64
    }

    public struct SolarSystem: Sendable, Identifiable {
        public let id: Int64
        public let name: String
        public let constellationID: Int64
        public let regionID: Int64
        public let kind: SecurityType
        /// -1 ... 1, with the digits of the static data export, not rounded for display.
        public let security: Double
        public let position: Position
        /// Systems one jump away; empty without stargates.
        public internal(set) var links: [Int64] = []
    }

    /// Metres.
    public struct Position: Sendable, Hashable {
        public let x: Double
        public let y: Double
        public let z: Double
    }

    public struct Alliance: Sendable, Identifiable {
        public let id: Int64
        public let name: String
        public let ticker: String
        /// Indices into ``Universe/corporations``.
        public internal(set) var corporations: [Int] = []
    }

    public struct Corporation: Sendable, Identifiable {
        public let id: Int64
        public let name: String
        public let ticker: String
        /// Index into ``Universe/alliances``.
        public let alliance: Int?
        /// Indices into ``Universe/characters``.
        public internal(set) var members: [Int] = []
    }

    public struct Character: Sendable, Identifiable {
        public let id: Int64
        public internal(set) var name: String
        /// Index into ``Universe/corporations``.
        public let corporation: Int
        public let securityStatus: Double
    }

    /// An NPC faction with its one corporation and the types of its rats.
    public struct Faction: Sendable, Identifiable {
        public let id: Int64
        public let name: String
        public let corporationID: Int64
        public let corporationName: String
        public let corporationTicker: String
    }

    public init(seed: UInt64) {
        self.seed = seed
        var names = NameMaker(random: SimulatorRandom(seed: seed, stream: 1))
        var random = SimulatorRandom(seed: seed, stream: 2)
        addMap(&names, &random)
        addOrganisations(&names, &random)
        castLogins()
    }

    /// The alliance that a character flies for, if its corporation is in one.
    public func alliance(of character: Int) -> Alliance? {
        corporations[characters[character].corporation].alliance.map { alliances[$0] }
    }
}
