import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import Testing

@testable import KernelRuntime

/// What an admin may change, and what that comes to; no database.
@Suite struct FeatureDecisionTests {
    private static let now = Date(timeIntervalSince1970: 1_768_478_400)
    private static let actor = AuditActor(accountID: UUID())

    private static func principal(_ roles: [FeatureKey: Role], isReadOnly: Bool = false) -> Principal {
        Principal(
            accountID: UUID(), displayName: "Test", isSuperAdmin: false, roles: roles,
            credential: isReadOnly ? .viewAs(session: UUID(), superadmin: UUID()) : .session(UUID()))
    }

    private static let superadmin = Principal(
        accountID: UUID(), displayName: "Test", isSuperAdmin: true, roles: [:], credential: .session(UUID()))

    /// The stage's three, and one named like the admin console, which requires the buoy.
    private func decide(
        _ plugin: PluginName, _ change: FeatureChange, by principal: Principal = superadmin,
        rows: [FeatureRow] = []
    ) throws -> FeatureDecision {
        let loader = PluginLoader(
            registry: [HarborPlugin.self, DeckPlugin.self, BuoyPlugin.self], environment: EnvironmentLookup([:]))
        let admin = (file: "90-admin.yaml", yaml: "plugin: admin\nmodule: Admin\nrequires: [buoy]")
        let manifests = try ManifestSet(documents: StageManifests.documents() + [admin])
        let database = PostgresDatabase(configuration: try .init(url: "postgres:///x?host=/nonexistent"), logger: silent)
        let host = Kernel.offlineHost(database: database, contracts: ContractRegistry(), logger: silent)
        return try FeatureDecision(
            plugin, change, by: principal, actor: Self.actor,
            in: .init(
                manifests: manifests, rows: Dictionary(uniqueKeysWithValues: rows.map { ($0.plugin, $0) }), loader: loader,
                make: { _ = try loader.make($0, consoleSettings: $1, host: host) }, now: Self.now))
    }

    private func row(_ plugin: PluginName, isEnabled: Bool = true, settings: [String: String] = [:]) -> FeatureRow {
        var row = FeatureRow(plugin: plugin)
        row.isEnabled = isEnabled
        row.settings = settings
        return row
    }

    private func refusal(_ decide: () throws -> FeatureDecision) -> Problem? {
        do {
            _ = try decide()
            return nil
        } catch { return error as? Problem }
    }

    @Test("The switch is for the feature's admins, settings are for its directors, undeclared plugins for superadmins")
    func rights() throws {
        let off = FeatureChange(isEnabled: false)
        let limit = FeatureChange(settings: ["limit": "2"])
        func code(_ plugin: PluginName, _ change: FeatureChange, _ principal: Principal) -> String? {
            refusal { try decide(plugin, change, by: principal) }?.code
        }
        #expect(code("deck", off, Self.principal(["deck": .admin])) == nil)
        #expect(code("deck", off, Self.principal(["deck": .director, "buoy": .admin])) == "insufficient_role")
        #expect(code("deck", limit, Self.principal(["deck": .director])) == nil)
        #expect(code("deck", limit, Self.principal(["deck": .fc])) == "insufficient_role")
        #expect(code("deck", limit, Self.principal(["deck": .admin], isReadOnly: true)) == "read_only_view")
        #expect(code("harbor", limit, Self.principal(["deck": .admin, "harbor": .admin])) == "insufficient_role")
        #expect(code("harbor", limit, Self.superadmin) == nil)
        // Who takes others along must be an admin of them, too.
        let together = FeatureChange(isEnabled: false, includingDependants: true)
        #expect(code("harbor", together, Self.superadmin) == nil)
    }

    @Test("A plugin that is not there is 404, before rights and everything else")
    func unknown() {
        #expect(refusal { try decide("dock", .init(isEnabled: false), by: Self.principal([:])) }?.status == .notFound)
    }

    @Test("The admin console stays on, and so does what it requires, also when dependants are included")
    func alwaysOn() {
        for plugin in ["admin", "buoy"] as [PluginName] {
            for including in [false, true] {
                let change = FeatureChange(isEnabled: false, includingDependants: including)
                #expect(refusal { try decide(plugin, change) }?.code == "always_on", "\(plugin)")
            }
        }
    }

    @Test("A switch is stored and told once, with what was and what is")
    func switching() throws {
        let decision = try decide("harbor", .init(isEnabled: false, includingDependants: true))
        #expect(decision.rows.map(\.plugin) == ["deck", "harbor"] && decision.rows.allSatisfy { !$0.isEnabled })
        #expect(decision.rows.allSatisfy { $0.switchedAt == Self.now })
        #expect(decision.entries.map(\.target) == ["feature:deck", "feature:harbor"])
        #expect(decision.entries.allSatisfy { $0.action == "feature.disabled" && $0.actor == Self.actor })
        #expect(decision.entries[0].newValue.map { String(decoding: $0, as: UTF8.self) } == #"{"enabled":false}"#)
        let again = try decide(
            "harbor", .init(isEnabled: false), rows: [row("harbor", isEnabled: false), row("deck", isEnabled: false)])
        #expect(again.rows.isEmpty && again.entries.isEmpty)
        let on = try decide("deck", .init(isEnabled: true), rows: [row("deck", isEnabled: false, settings: ["limit": "2"])])
        #expect(on.entries.map(\.action) == ["feature.enabled"] && on.rows.first?.settings == ["limit": "2"])
    }

    @Test("Dependants that are off already are in nobody's way")
    func dependantsOff() throws {
        let decision = try decide("harbor", .init(isEnabled: false), rows: [row("deck", isEnabled: false)])
        #expect(decision.rows.map(\.plugin) == ["harbor"])
    }

    @Test("Settings are read by the plugin itself: each mistake is named, with what is expected")
    func settings() throws {
        let refused = refusal { try decide("deck", .init(settings: ["limit": "12", "limt": "1", "token": "abc"])) }
        #expect(refused?.status == .badRequest)
        #expect(
            refused?.errors == [
                .init(
                    pointer: "body/settings/limit",
                    message: "admin console: limit is 12, expected a whole number from 1 to 9. How many."),
                .init(pointer: "body/settings/limt", message: "deck has no setting limt. Did you mean limit?"),
                .init(
                    pointer: "body/settings/token",
                    message: "token is a secret: it is set by environment or manifest, never here."),
            ])
        let long = refusal { try decide("deck", .init(settings: ["limit": String(repeating: "1", count: 5_000)])) }
        #expect(long?.errors.first?.message.count ?? 0 < 100)

        let decision = try decide("deck", .init(settings: ["limit": "2"]), rows: [row("deck", settings: ["limit": "7"])])
        #expect(decision.rows.first?.settings == ["limit": "2"])
        #expect(decision.entries.map(\.action) == ["settings.updated"])
        #expect(decision.entries[0].oldValue.map { String(decoding: $0, as: UTF8.self) } == #"{"limit":"7"}"#)
        #expect(decision.entries[0].newValue.map { String(decoding: $0, as: UTF8.self) } == #"{"limit":"2"}"#)
    }

    @Test("A setting that is taken away goes back to manifest or default; what an older version left behind can be taken away")
    func resetting() throws {
        let decision = try decide(
            "deck", .init(settings: ["limit": nil, "gone": nil]), rows: [row("deck", settings: ["limit": "7", "gone": "1"])])
        #expect(decision.rows.first?.settings == [:])
        #expect(refusal { try decide("deck", .init(settings: ["never": nil])) }?.errors.first?.pointer == "body/settings/never")
        let nothing = try decide("deck", .init(settings: ["limit": nil]))
        #expect(nothing.rows.isEmpty && nothing.entries.isEmpty)
    }

    @Test("Switch and settings can change together")
    func both() throws {
        let decision = try decide("deck", .init(isEnabled: false, settings: ["limit": "1"]))
        #expect(decision.rows.count == 1 && decision.rows[0].settings == ["limit": "1"] && !decision.rows[0].isEnabled)
        #expect(Set(decision.entries.map(\.action)) == ["settings.updated", "feature.disabled"])
    }
}
