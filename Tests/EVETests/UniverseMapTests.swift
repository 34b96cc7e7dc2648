import Foundation
import KernelTesting
import Testing

@testable import EVE

@Suite("The universe map")
struct UniverseMapTests {
    private static func system(_ id: SolarSystemID, _ region: RegionID, _ security: Double?) -> StaticRecord {
        .solarSystem(SolarSystem(id: id, name: "\(id)", constellationID: nil, regionID: region, security: security))
    }

    private static let map = UniverseMap([
        system(30_000_901, 10_000_901, 0.45), system(30_000_902, 10_000_901, 0.449999), system(30_000_903, 10_000_901, 0.0001),
        system(30_000_904, 10_000_901, 0), system(30_000_905, 10_000_901, -0.9), system(30_000_906, 10_000_070, -1),
        system(30_100_000, 10_001_000, 0.3), system(30_000_907, 10_000_901, nil),
    ])
    private static let today = Samples.now

    @Test(
        "tells the kind of space",
        arguments: [
            (30_000_901, .highsec), (30_000_902, .lowsec), (30_000_903, .lowsec), (30_000_904, .nullsec), (30_000_905, .nullsec),
            (30_000_906, .pochven), (30_100_000, .nullsec), (30_000_907, nil), (30_000_999, nil), (31_000_005, .wormhole),
            (32_000_001, .abyssal), (34_000_001, .void), (36_000_001, nil),
        ] as [(SolarSystemID, SecurityType?)])
    func tellsSpace(system: SolarSystemID, type: SecurityType?) {
        #expect(Self.map.securityType(of: system, at: Self.today) == type)
    }

    @Test("knows since when Pochven is Pochven")
    func datesPochven() {
        let before = UniverseMap.pochvenSince.addingTimeInterval(-1)
        #expect(KillmailTime.text(UniverseMap.pochvenSince) == "2020-10-13T11:00:00Z")
        #expect(Self.map.securityType(of: 30_000_906, at: before) == nil)
        #expect(Self.map.securityType(of: 30_000_906, at: UniverseMap.pochvenSince) == .pochven)
    }

    @Test("finds a region by way of the constellation")
    func findsRegion() {
        let map = UniverseMap([
            .solarSystem(SolarSystem(id: 30_000_910, name: "A", constellationID: 20_000_901, regionID: nil, security: 1)),
            .constellation(Constellation(id: 20_000_901, name: "B", regionID: 10_000_901)),
            .type(InventoryType(id: 587, name: "Skiff", groupID: 25)),
            .group(InventoryGroup(id: 25, name: "Boats", categoryID: 6)),
        ])
        #expect(map.region(of: 30_000_910) == 10_000_901)
        #expect(map.group(of: 587)?.name == "Boats")
    }

    /// An archive with invented systems, stored and deflated members, and one that is not read.
    private static let archive = [UInt8](
        Data(
            base64Encoded: """
                UEsDBBQAAAAIAAAAIVySbwoIQwAAAEcAAAAKAAAAX3NkZS5qc29ubKtWis9OrVSyUipOSVXSUUoqzcxJ8SvNTUotUrIyMTc01FEqSs1JTSxOdU
                ksSQUqMzIwMtM1MASiEAMDKzCKUqrlAgBQSwMEFAAAAAAAAAAhXBY89vRcAAAAXAAAABAAAABtYXBSZWdpb25zLmpzb25seyJfa2V5IjoxMDAw
                MDkwMSwibmFtZSI6eyJkZSI6Ik5vcmRyZWljaCIsImVuIjoiTm9ydGhyZWFjaCJ9LCJjb25zdGVsbGF0aW9uSURzIjpbMjAwMDA5MDFdfQpQSw
                MEFAAAAAgAAAAhXOY46xSUAAAA7QAAABUAAABtYXBTb2xhclN5c3RlbXMuanNvbmxtjssKwjAQRff9jFnH0rRVOtkpblz7ARLqKKE1kWSKlpJ/
                NwUp+JjVcA/ccyc4dTSCqop0WEgBrbOBqe81G2cPe1Dlgjxd35lcMqtvBGoCsqBg25/JX9IbBdxdMHPFDJ+gVk3ekNwISDKZcKB28IbHI2seAq
                gix3qNsorZ9Dmp/HLsvG67h2bys+XfpN/qukbEmL0AUEsDBBQAAAAIAAAAIVxjh4b5EwAAACYCAAAOAAAAbWFwTW9vbnMuanNvbmyrVorPTq1U
                sjKs5aoeZY4ysTMBUEsBAhQDFAAAAAgAAAAhXJJvCghDAAAARwAAAAoAAAAAAAAAAAAAAIABAAAAAF9zZGUuanNvbmxQSwECFAMUAAAAAAAAAC
                FcFjz29FwAAABcAAAAEAAAAAAAAAAAAAAAgAFrAAAAbWFwUmVnaW9ucy5qc29ubFBLAQIUAxQAAAAIAAAAIVzmOOsUlAAAAO0AAAAVAAAAAAAA
                AAAAAACAAfUAAABtYXBTb2xhclN5c3RlbXMuanNvbmxQSwECFAMUAAAACAAAACFcY4eG+RMAAAAmAgAADgAAAAAAAAAAAAAAgAG8AQAAbWFwTW
                9vbnMuanNvbmxQSwUGAAAAAAQABAD1AAAA+wEAAAAA
                """, options: .ignoreUnknownCharacters) ?? Data())

    @Test("comes from the export's zip archive")
    func readsArchive() throws {
        let path = try Samples.temporaryFile(Self.archive, name: "export.zip")
        var reader = try StaticDataReader(path: path)
        #expect(reader.buildNumber == 4711)
        let first = try #require(try reader.next(maximum: 10))
        #expect(first == [.region(Region(id: 10_000_901, name: "Northreach"))])
        #expect(try reader.next(maximum: 1)?.count == 1)
        let last = try #require(try reader.next(maximum: 1))
        #expect(last == [Self.brackwater])
        #expect(try reader.next() == nil)
        let map = try StaticDataReader.map(path: path)
        #expect(map.solarSystems[30_000_901]?.security == 0.945913)
        #expect(map.securityType(of: 30_000_902, at: Self.today) == .lowsec)
    }

    private static let brackwater = StaticRecord.solarSystem(
        SolarSystem(id: 30_000_902, name: "Brackwater", constellationID: nil, regionID: 10_000_901, security: 0.44999))

    @Test("refuses a damaged archive instead of crashing, cut off anywhere or changed at random")
    func refusesDamage() throws {
        var dice = SeededGenerator(seed: 9)
        for round in 0..<400 {
            var bytes = Self.archive
            if round.isMultiple(of: 2) {
                bytes.removeLast(Int.random(in: 1..<bytes.count, using: &dice))
            } else {
                for _ in 0..<4 { bytes[Int.random(in: 0..<bytes.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice) }
            }
            let path = try Samples.temporaryFile(bytes, name: "export.zip")
            defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
            let map = Result { try StaticDataReader.map(path: path) }
            if round.isMultiple(of: 2) { #expect(throws: (any Error).self) { try map.get() } }
        }
    }

    @Test("comes from a folder of plain files, lines without a name being counted")
    func readsFolder() throws {
        let path = try Samples.temporaryFile(
            "{\"_key\":587,\"name\":\"Old style\",\"groupID\":25}\n{\"_key\":588}\n".utf8, name: "types.jsonl")
        let folder = (path as NSString).deletingLastPathComponent
        var reader = try StaticDataReader(path: folder)
        #expect(try reader.next() == [.type(InventoryType(id: 587, name: "Old style", groupID: 25))])
        #expect(try reader.next() == nil)
        #expect(reader.skippedLines == 1)
        #expect(throws: FileFormatError.self) { try StaticDataReader(path: folder + "/nothing") }
    }
}
