/// Names, ids and who belongs to whom.
extension ESIService {
    /// One unknown id spoils the whole batch, as in reality.
    func names(_ request: SimulatedRequest) -> Reply {
        count { $0.names += 1 }
        guard let ids = Self.integers(request.body), (1...1000).contains(ids.count) else {
            return .error(400, "The body must be an array of 1 to 1000 integers.")
        }
        guard Set(ids).count == ids.count else { return .error(400, "All IDs must be unique.") }
        let entries = ids.compactMap { isPoison($0) ? nil : directory[$0] }
        guard entries.count == ids.count else { return .error(404, "Ensure all IDs are valid before resolving.") }
        return .json(
            .array(entries.map { ["category": .string($0.category), "id": .int($0.id), "name": .string($0.name)] }))
    }

    /// An id that exists on killmails but not here; only people, never what the map needs.
    private func isPoison(_ id: Int64) -> Bool {
        id >= 90_000_000 && feed.plan.hits(.namesPoison, id, seed: feed.seed)
    }

    private static func integers(_ body: [UInt8]) -> [Int64]? {
        guard let values = (try? JSONParser.parse(body))?.array else { return nil }
        let integers = values.compactMap(\.int)
        return integers.count == values.count ? integers : nil
    }

    func ids(_ request: SimulatedRequest) -> Reply {
        guard let values = (try? JSONParser.parse(request.body))?.array, (1...500).contains(values.count) else {
            return .error(400, "The body must be an array of 1 to 500 names.")
        }
        let names = values.compactMap(\.string)
        guard names.count == values.count, names.allSatisfy({ (1...100).contains($0.count) }) else {
            return .error(400, "A name has 1 to 100 characters.")
        }
        let keys = [
            "alliance": "alliances", "character": "characters", "constellation": "constellations", "corporation": "corporations",
            "faction": "factions", "inventory_type": "inventory_types", "region": "regions", "solar_system": "systems",
        ]
        var found: [String: [JSONValue]] = [:]
        for entry in names.flatMap(directory.named) {
            found[keys[entry.category] ?? entry.category, default: []].append(["id": .int(entry.id), "name": .string(entry.name)])
        }
        return .json(.object(found.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value)) }))
    }

    /// Unknown ids are left out, as they historically were. The order is that of the ids, not that of the question.
    func affiliation(_ request: SimulatedRequest) -> Reply {
        guard let ids = Self.integers(request.body), (1...1000).contains(ids.count) else {
            return .error(400, "The body must be an array of 1 to 1000 integers.")
        }
        guard Set(ids).count == ids.count else { return .error(400, "All IDs must be unique.") }
        let values = ids.sorted().compactMap { id in
            roster.affiliation(of: id).map { affiliation -> JSONValue in
                var value: JSONValue = ["character_id": .int(id), "corporation_id": .int(affiliation.corporationID)]
                value["alliance_id"] = affiliation.allianceID.map { .int($0) }
                return value
            }
        }
        return cached(.json(.array(values)), seconds: 3600)
    }

    func character(_ text: String) -> Reply {
        guard let id = Int64(text) else { return .error(400, "character_id is not an integer") }
        guard let character = roster.character(id), let affiliation = roster.affiliation(of: id) else {
            guard let entry = directory[id], entry.category == "character" else { return .error(404, "Character not found") }
            return cached(.json(["name": .string(entry.name), "corporation_id": 1_000_001]), seconds: 86400)
        }
        var value: JSONValue = [
            "name": .string(character.name), "corporation_id": .int(affiliation.corporationID),
            "birthday": "2015-05-01T12:00:00Z", "bloodline_id": 4, "race_id": 2, "gender": "female",
            "security_status": .number(String(character.securityStatus)),
        ]
        value["alliance_id"] = affiliation.allianceID.map { .int($0) }
        return cached(.json(value), seconds: 86400)
    }

    func corporation(_ text: String) -> Reply {
        guard let id = Int64(text) else { return .error(400, "corporation_id is not an integer") }
        guard let corporation = universe.corporations.first(where: { $0.id == id }) else {
            guard let entry = directory[id], entry.category == "corporation" else { return .error(404, "Corporation not found") }
            return cached(.json(["name": .string(entry.name), "ticker": .string("C\(id % 1000)")]), seconds: 3600)
        }
        var value: JSONValue = [
            "name": .string(corporation.name), "ticker": .string(corporation.ticker),
            "member_count": .int(Int64(corporation.members.count)),
        ]
        if let alliance = corporation.alliance { value["alliance_id"] = .int(universe.alliances[alliance].id) }
        return cached(.json(value), seconds: 3600)
    }

    func alliance(_ text: String) -> Reply {
        guard let id = Int64(text) else { return .error(400, "alliance_id is not an integer") }
        guard let alliance = universe.alliances.first(where: { $0.id == id }) else {
            guard let entry = directory[id], entry.category == "alliance" else { return .error(404, "Alliance not found") }
            return cached(.json(["name": .string(entry.name), "ticker": .string("A\(id % 1000)")]), seconds: 3600)
        }
        let executor = universe.corporations[alliance.corporations[0]]
        return cached(
            .json([
                "name": .string(alliance.name), "ticker": .string(alliance.ticker), "creator_corporation_id": .int(executor.id),
                "creator_id": .int(universe.characters[executor.members[0]].id), "date_founded": "2016-04-01T00:00:00Z",
                "executor_corporation_id": .int(executor.id),
            ]), seconds: 3600)
    }

    /// Systems, constellations, regions, types and groups; the static data export is the better source.
    func place(_ path: [String]) -> Reply {
        guard path.count == 2, let id = Int64(path[1]) else { return .error(404, "Requested page does not exist!") }
        var value: JSONValue?
        switch path[0] {
        case "systems":
            value = universe.systems.first { $0.id == id }.map {
                [
                    "system_id": .int(id), "name": .string($0.name), "constellation_id": .int($0.constellationID),
                    "security_status": .number(String($0.security)),
                    "position": [
                        "x": .number(String($0.position.x)), "y": .number(String($0.position.y)),
                        "z": .number(String($0.position.z)),
                    ],
                ]
            }
        case "constellations":
            value = universe.constellations.first { $0.id == id }.map {
                ["constellation_id": .int(id), "name": .string($0.name), "region_id": .int($0.regionID)]
            }
        case "regions":
            value = universe.regions.first { $0.id == id }.map { ["region_id": .int(id), "name": .string($0.name)] }
        case "types":
            value = universe.catalogue.types.first { $0.id == id }.map {
                ["type_id": .int(id), "name": .string($0.name), "group_id": .int($0.groupID), "published": true]
            }
        case "groups":
            value = universe.catalogue.groups.first { $0.id == id }.map {
                ["group_id": .int(id), "name": .string($0.name), "category_id": .int($0.categoryID), "published": true]
            }
        default: break
        }
        return value.map { cached(.json($0), seconds: 3600) } ?? .error(404, "Not found")
    }
}
