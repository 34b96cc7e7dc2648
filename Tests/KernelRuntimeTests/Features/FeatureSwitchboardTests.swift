import Foundation
import KernelAPI
import KernelPostgres
import Synchronization
import Testing

@testable import KernelRuntime

/// Row, audit and signal of a change are one transaction.
@Suite(.timeLimit(.minutes(10))) struct FeatureSwitchboardTests {
    private struct Refused: Error {}

    private final class Trail: AuditTrail {
        let entries = Mutex<[AuditEntry]>([])
        let isBroken: Bool
        init(isBroken: Bool = false) { self.isBroken = isBroken }
        func record(_ entry: AuditEntry, in transaction: any Transaction) async throws {
            if isBroken { throw Refused() }
            entries.withLock { $0.append(entry) }
        }
    }

    private func switchboard(_ database: PostgresDatabase, _ trail: Trail, _ signals: ControlSignals) throws -> FeatureSwitchboard
    {
        let manifests = try ManifestSet(documents: StageManifests.documents())
        let host = Kernel.offlineHost(database: database, contracts: ContractRegistry(), logger: silent)
        return FeatureSwitchboard(
            database: database, board: FeatureBoard(manifests: manifests),
            loader: PluginLoader(
                registry: [HarborPlugin.self, DeckPlugin.self, BuoyPlugin.self], environment: EnvironmentLookup([:])),
            makeHost: { _ in host }, audit: trail, signals: signals, clock: SystemClock())
    }

    @Test("A change is stored, told to the audit log and signalled; one whose audit fails is none at all")
    func together() async throws {
        try await kernelDatabase { database, _ in
            try await Pod.makeSuperadmin(in: database)
            let signals = ControlSignals(database: database, logger: silent)
            let heard = signals.received()
            let good = Trail()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await signals.run() }
                var iterator = heard.makeAsyncIterator()
                #expect(await iterator.next() == .everything)
                let broken = try switchboard(database, Trail(isBroken: true), signals)
                await #expect(throws: Refused.self) {
                    try await broken.change("deck", .init(isEnabled: false), by: Pod.superadmin, actor: .system)
                }
                #expect(try await FeatureRow.all(database).isEmpty)

                let board = try switchboard(database, good, signals)
                let version = try await FeatureRow.version(database)
                let status = try await board.change(
                    "deck", .init(isEnabled: false, settings: ["limit": "4"]), by: Pod.superadmin, actor: .system)
                #expect(!status.isSwitchedOn && status.settings.first { $0.key == "limit" }?.value == "4")
                // The signal of the change that was not made would come first.
                #expect(await iterator.next() == .features)
                #expect(good.entries.withLock { $0.count } == 2)
                #expect(try await FeatureRow.version(database) != version)
                #expect(try await FeatureRow.all(database)["deck"]?.settings == ["limit": "4"])
                let features = try await board.features()
                #expect(features.map(\.plugin) == ["harbor", "deck", "buoy"])
                #expect(features[0].dependants == [] && features[1].declaration?.title == "Deck")
                group.cancelAll()
            }
        }
    }

    @Test("Admins who change different things at the same time all succeed, and none loses another's change")
    func concurrently() async throws {
        try await kernelDatabase { database, _ in
            try await Pod.makeSuperadmin(in: database)
            let board = try switchboard(database, Trail(), ControlSignals(database: database, logger: silent))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...9 {
                    group.addTask {
                        _ = try await board.change(
                            "deck", .init(settings: ["limit": "\(number)"]), by: Pod.superadmin, actor: .system)
                    }
                    group.addTask {
                        _ = try await board.change(
                            "buoy", .init(isEnabled: number.isMultiple(of: 2)), by: Pod.superadmin, actor: .system)
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await FeatureRow.all(database)
            #expect(rows["deck"]?.isEnabled == true && rows["deck"]?.version == 9)
            #expect(rows["deck"]?.settings["limit"].flatMap { Int($0) }.map { (1...9).contains($0) } == true)
        }
    }
}
