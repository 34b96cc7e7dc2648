/// Who and what has which id and name: the invented universe's, or a file's.
struct Directory: Sendable {
    struct Entry: Sendable {
        /// As ESI calls it: `alliance`, `character`, `corporation`, `inventory_type`, ...
        let category: String
        let id: Int64
        let name: String
    }

    private var byID: [Int64: Entry] = [:]
    private var byName: [String: [Entry]] = [:]
    /// Unknown ids get names such as `Character 2112345678` instead of an error.
    private let inventsNames: Bool

    init(universe: Universe) {
        inventsNames = false
        for alliance in universe.alliances { add("alliance", alliance.id, alliance.name) }
        for corporation in universe.corporations { add("corporation", corporation.id, corporation.name) }
        for character in universe.characters { add("character", character.id, character.name) }
        for faction in universe.factions {
            add("faction", faction.id, faction.name)
            add("corporation", faction.corporationID, faction.corporationName)
        }
        for type in universe.catalogue.types { add("inventory_type", type.id, type.name) }
        for region in universe.regions { add("region", region.id, region.name) }
        for constellation in universe.constellations { add("constellation", constellation.id, constellation.name) }
        for system in universe.systems { add("solar_system", system.id, system.name) }
    }

    /// For a recording: a JSON array of `{category, id, name}`, or nothing but the ranges of ids.
    init(names file: String?) throws(SimulatorError) {
        inventsNames = file == nil
        guard let file else { return }
        let entries: [JSONValue]
        do {
            entries = try JSONParser.parse(try Gzip.read(path: file)).array ?? []
        } catch {
            throw .cannotRead(file: file, reason: String(describing: error))
        }
        for entry in entries {
            guard let category = entry["category"]?.string, let id = entry["id"]?.int, let name = entry["name"]?.string else {
                throw .cannotRead(file: file, reason: "an element is no {category, id, name}: \(entry.text)")
            }
            add(category, id, name)
        }
    }

    /// Those who can log in, with their corporations and alliances, where the file does not say otherwise: a recording has
    /// people of its own, but the login is always the invented universe's.
    mutating func addLogins(of universe: Universe) {
        for login in universe.loginCharacters {
            guard let character = universe.characters.first(where: { $0.id == login.id }) else { continue }
            let corporation = universe.corporations[character.corporation]
            if byID[login.id] == nil { add("character", login.id, login.name) }
            if byID[corporation.id] == nil { add("corporation", corporation.id, corporation.name) }
            if let alliance = corporation.alliance.map({ universe.alliances[$0] }), byID[alliance.id] == nil {
                add("alliance", alliance.id, alliance.name)
            }
        }
    }

    private mutating func add(_ category: String, _ id: Int64, _ name: String) {
        let entry = Entry(category: category, id: id, name: name)
        byID[id] = entry
        byName[name.lowercased(), default: []].append(entry)
    }

    subscript(id: Int64) -> Entry? {
        byID[id] ?? HugeKill.entry(id)
            ?? (inventsNames ? Self.category(of: id).map { Entry(category: $0.0, id: id, name: "\($0.1) \(id)") } : nil)
    }

    /// Exact, but for upper and lower case.
    func named(_ name: String) -> [Entry] { byName[name.lowercased()] ?? [] }

    private static func category(of id: Int64) -> (String, String)? {
        switch id {
        case 1..<400_000: ("inventory_type", "Type")
        case 500_000..<600_000: ("faction", "Faction")
        case 1_000_000..<2_000_000: ("corporation", "Corporation")
        case 3_000_000..<4_000_000: ("character", "Character")
        case 10_000_000..<20_000_000: ("region", "Region")
        case 20_000_000..<30_000_000: ("constellation", "Constellation")
        case 30_000_000..<40_000_000: ("solar_system", "System")
        case 98_000_000..<99_000_000: ("corporation", "Corporation")
        case 99_000_000..<100_000_000: ("alliance", "Alliance")
        case 90_000_000..<98_000_000, 100_000_000..<2_200_000_000: ("character", "Character")
        default: nil
        }
    }
}
