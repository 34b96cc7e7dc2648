internal import EVE

/// The lines of the static data export, in the field names of the official one.
enum StaticData {
    static func members(of universe: Universe, buildNumber: Int64) -> [(name: String, content: [UInt8])] {
        [
            (
                "_sde.jsonl",
                lines([["_key": "sde", "buildNumber": .int(buildNumber), "releaseDate": "2026-11-17T11:00:00Z"]])
            ),
            ("mapRegions.jsonl", lines(universe.regions.map { region(universe, $0) })),
            ("mapConstellations.jsonl", lines(universe.constellations.map { constellation(universe, $0) })),
            ("mapSolarSystems.jsonl", lines(universe.systems.map { system(universe, $0) })),
            ("mapStargates.jsonl", lines(stargates(universe))),
            ("categories.jsonl", lines(categories)),
            ("groups.jsonl", lines(universe.catalogue.groups.map(group))),
            ("types.jsonl", lines(universe.catalogue.types.map(type))),
            ("factions.jsonl", lines(universe.factions.map { ["_key": .int($0.id), "name": name($0.name)] })),
            (
                "npcCorporations.jsonl",
                lines(
                    universe.factions.map {
                        [
                            "_key": .int($0.corporationID), "name": name($0.corporationName), "factionID": .int($0.id),
                            "tickerName": .string($0.corporationTicker), "deleted": false,
                        ]
                    })
            ),
        ]
    }

    private static func lines(_ values: [JSONValue]) -> [UInt8] {
        var output: [UInt8] = []
        for value in values {
            value.write(to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }

    private static func name(_ name: String) -> JSONValue { ["en": .string(name), "de": .string(name)] }

    private static func position(_ position: Universe.Position) -> JSONValue {
        ["x": .number(String(position.x)), "y": .number(String(position.y)), "z": .number(String(position.z))]
    }

    private static func region(_ universe: Universe, _ region: Universe.Region) -> JSONValue {
        [
            "_key": .int(region.id), "name": name(region.name), "wormholeClassID": .int(Int64(region.wormholeClass)),
            "constellationIDs": .array(universe.constellations.filter { $0.regionID == region.id }.map { .int($0.id) }),
        ]
    }

    private static func constellation(_ universe: Universe, _ constellation: Universe.Constellation) -> JSONValue {
        [
            "_key": .int(constellation.id), "name": name(constellation.name), "regionID": .int(constellation.regionID),
            "solarSystemIDs": .array(universe.systems.filter { $0.constellationID == constellation.id }.map { .int($0.id) }),
        ]
    }

    private static func system(_ universe: Universe, _ system: Universe.SolarSystem) -> JSONValue {
        var value: JSONValue = [
            "_key": .int(system.id), "name": name(system.name), "constellationID": .int(system.constellationID),
            "regionID": .int(system.regionID), "securityStatus": .number(String(system.security)),
            "position": position(system.position),
            "position2D": ["x": .number(String(system.position.x)), "y": .number(String(system.position.z))],
            "stargateIDs": .array(system.links.map { .int(gate(from: system.id, to: $0)) }),
        ]
        if system.kind == .highsec || system.kind == .lowsec { value["securityClass"] = "B" }
        return value
    }

    /// Stargates lie at 50 million; the number is made of both ends.
    private static func gate(from: Int64, to: Int64) -> Int64 { 50_000_000 + from % 1000 * 1000 + to % 1000 }

    private static func stargates(_ universe: Universe) -> [JSONValue] {
        universe.systems.flatMap { system in
            system.links.map { other in
                [
                    "_key": .int(gate(from: system.id, to: other)), "solarSystemID": .int(system.id),
                    "destination": ["solarSystemID": .int(other), "stargateID": .int(gate(from: other, to: system.id))],
                ]
            }
        }
    }

    private static let categories: [JSONValue] = [
        (6, "Ship"), (7, "Module"), (8, "Charge"), (11, "Entity"), (18, "Drone"), (22, "Deployable"), (65, "Structure"),
    ].map { ["_key": .int($0.0), "name": name($0.1), "published": true] }

    private static func group(_ group: Catalogue.Group) -> JSONValue {
        ["_key": .int(group.id), "name": name(group.name), "categoryID": .int(group.categoryID), "published": true]
    }

    private static func type(_ type: Catalogue.ItemType) -> JSONValue {
        [
            "_key": .int(type.id), "name": name(type.name), "groupID": .int(type.groupID), "basePrice": .int(type.price),
            "volume": .number(String(type.volume)), "mass": .number(String(type.volume * 10)), "portionSize": 1,
            "published": true,
        ]
    }
}
