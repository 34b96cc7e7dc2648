import Foundation
import KernelAPI

/// ``FeatureAdministration`` over the switches' table and what this pod's plugins say.
struct FeatureSwitchboard: FeatureAdministration {
    let database: any Database
    let board: FeatureBoard
    let loader: PluginLoader
    let makeHost: @Sendable (PluginName) -> PluginHost
    let audit: any AuditTrail
    let signals: ControlSignals
    let clock: any WallClock

    func features() async throws -> [FeatureStatus] {
        let rows = try await FeatureRow.all(database)
        let snapshot = board.snapshot
        return snapshot.manifests.manifests.map { status($0, rows, snapshot) }
    }

    func change(
        _ plugin: PluginName, _ change: FeatureChange, by principal: Principal, actor: AuditActor
    ) async throws -> FeatureStatus {
        let snapshot = board.snapshot
        guard let manifest = snapshot.manifests[plugin] else { throw Problem.notFound("There is no plugin \(plugin) here.") }
        // Row, audit and signal together: nobody hears of a change that was not made, and none is made unseen.
        let rows = try await database.transaction("kernel.change_feature") { transaction in
            try await FeatureRow.lock(transaction)
            let rows = try await FeatureRow.all(transaction)
            // Rights may have been taken while this waited for others.
            let principal = try await AccountRights.refreshed(principal, in: transaction)
            let decision = try FeatureDecision(
                plugin, change, by: principal, actor: actor,
                in: .init(manifests: snapshot.manifests, rows: rows, loader: loader, make: tryMaking, now: clock.now))
            for row in decision.rows { try await row.store(at: clock.now, by: actor, in: transaction) }
            for entry in decision.entries { try await audit.record(entry, in: transaction) }
            if !decision.rows.isEmpty { try await signals.send(.features, in: transaction) }
            return rows.merging(decision.rows.map { ($0.plugin, $0) }) { $1 }
        }
        return status(manifest, rows, snapshot)
    }

    func fleet() async throws -> [PodPlugin] { try await FleetStore(database: database).pods() }

    private func tryMaking(_ manifest: Manifest, _ consoleSettings: [String: String]) throws {
        _ = try loader.make(manifest, consoleSettings: consoleSettings, host: makeHost(manifest.plugin))
    }

    private func status(
        _ manifest: Manifest, _ rows: [PluginName: FeatureRow], _ snapshot: FeatureBoard.Snapshot
    ) -> FeatureStatus {
        let row = rows[manifest.plugin]
        let report = snapshot.report(manifest.plugin)
        let dependants = snapshot.manifests.dependants(of: manifest.plugin).filter { rows[$0]?.isEnabled ?? true }
        // A plugin that is not linked has a disabled manifest, and no settings that anybody knows.
        let reader = try? loader.settings(of: manifest, consoleSettings: row?.settings ?? [:])
        return FeatureStatus(
            plugin: manifest.plugin, declaration: loader.declaration(of: manifest.plugin), requires: manifest.requires,
            dependants: dependants, isEnabledByManifest: manifest.enabled, isSwitchedOn: row?.isEnabled ?? true,
            switchedAt: row?.switchedAt,
            settings: (reader?.declarations ?? []).map {
                SettingStatus(key: $0.key, value: $0.value, origin: $0.origin, help: $0.help, expected: $0.expected)
            },
            state: report?.state ?? .off, lastError: report?.lastError)
    }
}
