import EVE
import Foundation
import KernelAPI
import KernelTesting
import Testing

@testable import Killmails

@Suite("Static data")
struct StaticDataTests {
    static let highsec: SolarSystemID = 30_000_142
    static let pochven: SolarSystemID = 30_000_157
    static let map = UniverseMap([
        .region(Region(id: 10_000_002, name: "The Region")), .region(Region(id: UniverseMap.pochven, name: "Pochven")),
        .constellation(Constellation(id: 20_000_020, name: "The Constellation", regionID: 10_000_002)),
        .solarSystem(
            SolarSystem(id: highsec, name: "Market", constellationID: 20_000_020, regionID: nil, security: 0.946)),
        .solarSystem(
            SolarSystem(id: pochven, name: "Taken", constellationID: nil, regionID: UniverseMap.pochven, security: -1)),
        .group(InventoryGroup(id: 25, name: "Frigate", categoryID: 6)),
        .type(InventoryType(id: 587, name: "Rifter", groupID: 25)),
    ])

    private func securityTypes(_ bench: KillmailsBench) async throws -> [String?] {
        try await bench.texts(
            Statement("test.security", "SELECT security_type FROM contract.killmail ORDER BY killmail_id"))
    }

    @Test("an import gives the killmails that waited for it their kind of space, and later ones at once")
    func fills() async throws {
        try await KillmailsBench.run { bench in
            let store = bench.makeStore(retentionMonths: 100)
            let before = UniverseMap.pochvenSince - 1
            let unknown: SolarSystemID = 30_009_999
            try await store.store(
                [
                    mail(1, system: Self.highsec), mail(2, system: Self.pochven), mail(3, at: before, system: Self.pochven),
                    mail(4, system: 31_000_005), mail(5, system: unknown),
                ], source: "test")
            #expect(try await securityTypes(bench) == [nil, nil, nil, "wormhole", nil])
            let importer = StaticDataStore(database: bench.kernel.database)
            #expect(try await !importer.hasImport())
            #expect(try await importer.replace(by: Self.map, source: "test", now: noon) == 2)
            #expect(try await importer.hasImport())
            #expect(try await securityTypes(bench) == ["highsec", "pochven", nil, "wormhole", nil])
            try await store.store([mail(6, system: Self.highsec)], source: "test")
            #expect(try await securityTypes(bench) == ["highsec", "pochven", nil, "wormhole", nil, "highsec"])
            #expect(try await importer.replace(by: Self.map, source: "test", now: noon) == 0)
        }
    }

    @Test("no killmail that is stored while an import runs is left without its kind of space")
    func concurrentImport() async throws {
        try await KillmailsBench.run { bench in
            let (database, store) = (bench.kernel.database, bench.makeStore())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for round in 0..<4 {
                    group.addTask {
                        for id in 1...15 { try await store.store([mail(Int64(round * 100 + id))], source: "test") }
                    }
                }
                group.addTask {
                    _ = try await StaticDataStore(database: database).replace(by: Self.map, source: "test", now: noon)
                }
                try await group.waitForAll()
            }
            #expect(try await securityTypes(bench) == Array(repeating: "highsec", count: 60))
        }
    }

    @Test("the contract tells names with their places")
    func names() async throws {
        try await KillmailsBench.run { bench in
            _ = try await StaticDataStore(database: bench.kernel.database).replace(by: Self.map, source: "test", now: noon)
            let systems = try await bench.texts(
                Statement(
                    "test.systems",
                    """
                    SELECT concat_ws(',', system_id, name, constellation_id, region_id, region_name, security_status)
                    FROM contract.solar_system ORDER BY system_id
                    """))
            #expect(
                systems == [
                    "30000142,Market,20000020,10000002,The Region,0.946", "30000157,Taken,10000070,Pochven,-1",
                ])
            let types = try await bench.texts(
                Statement(
                    "test.types",
                    "SELECT concat_ws(',', type_id, name, group_id, group_name, category_id) FROM contract.item_type"))
            #expect(types == ["587,Rifter,25,Frigate,6"])
        }
    }
}
