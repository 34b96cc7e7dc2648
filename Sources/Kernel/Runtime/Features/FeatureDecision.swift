import Foundation
import HTTPTypes
import KernelAPI

/// What a change of a plugin's switch or settings comes to, judged by rights, dependencies and the plugin itself: the rows to
/// be stored and what the audit log is told.
struct FeatureDecision {
    private(set) var rows: [FeatureRow] = []
    private(set) var entries: [AuditEntry] = []

    /// What a change is judged by.
    struct Circumstances {
        let manifests: ManifestSet
        let rows: [PluginName: FeatureRow]
        let loader: PluginLoader
        /// Makes the plugin with settings, to see whether it can be made.
        let make: (Manifest, [String: String]) throws -> Void
        let now: Date

        func isOn(_ plugin: PluginName) -> Bool { rows[plugin]?.isEnabled ?? true }
    }

    /// Nobody could switch it on again.
    static let alwaysOn: Set<PluginName> = ["admin"]

    private static let longestValue = 4_096

    /// - Throws: ``Problem`` as ``FeatureAdministration/change(_:_:by:actor:)`` says.
    init(
        _ plugin: PluginName, _ change: FeatureChange, by principal: Principal, actor: AuditActor, in given: Circumstances
    ) throws {
        guard let manifest = given.manifests[plugin] else { throw Problem.notFound("There is no plugin \(plugin) here.") }
        var row = given.rows[plugin] ?? FeatureRow(plugin: plugin)
        if !change.settings.isEmpty {
            try Self.judge(.director, on: plugin, principal, given)
            let before = row.settings
            row.settings = try Self.settings(row.settings, change.settings, manifest, given)
            if row.settings != before {
                entries.append(Self.settingsEntry(plugin, before, row.settings, change.settings.keys, actor))
            }
        }
        if let isEnabled = change.isEnabled {
            try Self.judge(.admin, on: plugin, principal, given)
            if isEnabled && !row.isEnabled { try Self.judgeRequirements(of: plugin, given) }
            if !isEnabled {
                for other in try Self.dependants(of: plugin, change, principal, given) {
                    switchRow(given.rows[other] ?? FeatureRow(plugin: other), to: false, actor, given.now)
                }
            }
            if isEnabled != row.isEnabled {
                switchRow(row, to: isEnabled, actor, given.now)
                return
            }
        }
        if row != given.rows[plugin] ?? FeatureRow(plugin: plugin) { rows.append(row) }
    }

    private mutating func switchRow(_ row: FeatureRow, to isEnabled: Bool, _ actor: AuditActor, _ now: Date) {
        var row = row
        row.isEnabled = isEnabled
        row.switchedAt = now
        rows.append(row)
        entries.append(
            AuditEntry(
                isEnabled ? .featureEnabled : .featureDisabled, target: "feature:\(row.plugin)", by: actor,
                oldValue: Array(#"{"enabled":\#(!isEnabled)}"#.utf8), newValue: Array(#"{"enabled":\#(isEnabled)}"#.utf8)))
    }

    // MARK: Rights

    /// Roles are given on plugins that declare a feature; the others are for superadmins.
    private static func judge(_ role: Role, on plugin: PluginName, _ principal: Principal, _ given: Circumstances) throws {
        let policy: Policy =
            given.loader.declaration(of: plugin) == nil ? .superadmin : .feature(FeatureKey(plugin), role)
        if let denial = policy.denial(of: principal, changes: true) { throw Problem(denial, of: policy) }
    }

    // MARK: Dependencies

    /// What must be switched off with it.
    private static func dependants(
        of plugin: PluginName, _ change: FeatureChange, _ principal: Principal, _ given: Circumstances
    ) throws -> [PluginName] {
        let all = given.manifests.dependants(of: plugin)
        if let fixed = ([plugin] + all).first(where: { alwaysOn.contains($0) }) {
            throw Problem.conflict(
                "always_on",
                fixed == plugin
                    ? "\(plugin) cannot be switched off: nobody could switch it on again."
                    : "\(plugin) cannot be switched off: \(fixed) requires it.")
        }
        let dependants = all.filter { given.isOn($0) }
        if !dependants.isEmpty && !change.includingDependants {
            let names = dependants.map(\.rawValue).joined(separator: ", ")
            throw Problem(
                .conflict, "required_by_others", "\(plugin) is required by \(names). Switch them off first, or all together.",
                errors: dependants.map { .init(pointer: "dependants/\($0)", message: "\($0) requires \(plugin)") })
        }
        for other in dependants { try judge(.admin, on: other, principal, given) }
        return dependants
    }

    private static func judgeRequirements(of plugin: PluginName, _ given: Circumstances) throws {
        let missing = given.manifests.closure(of: [plugin]).filter { $0 != plugin && !given.isOn($0) }.sorted()
        guard !missing.isEmpty else { return }
        throw Problem(
            .conflict, "requires_others",
            "\(plugin) requires \(missing.map(\.rawValue).joined(separator: ", ")). Switch that on first.",
            errors: missing.map { .init(pointer: "requires/\($0)", message: "\($0) is switched off") })
    }

    // MARK: Settings

    /// The settings with the changes, if the plugin takes them.
    private static func settings(
        _ old: [String: String], _ changes: [String: String?], _ manifest: Manifest, _ given: Circumstances
    ) throws -> [String: String] {
        let new = old.merging(changes.compactMapValues(\.self)) { $1 }.filter { changes[$0.key] != .some(nil) }
        let reader: SettingsReader
        do {
            reader = try given.loader.settings(of: manifest, consoleSettings: new)
        } catch {
            throw Problem.conflict("not_linked", "\(manifest.plugin) is not part of this program, so its settings are not known.")
        }
        var errors: [Problem.Detail] = []
        func refuse(_ key: String, _ message: String) { errors.append(.init(pointer: "body/settings/\(key)", message: message)) }
        for (key, value) in changes.sorted(by: { $0.key < $1.key }) {
            if !reader.knownKeys.contains(key) {
                // What an older version left behind may be taken away.
                if value == nil && old[key] != nil { continue }
                let hint = key.nearest(in: reader.knownKeys).map { " Did you mean \($0)?" } ?? ""
                refuse(key, "\(manifest.plugin) has no setting \(key).\(hint)")
            } else if let value, value.utf8.count > longestValue {
                refuse(key, "\(key) may have \(longestValue) bytes, no more.")
            } else if value != nil && reader.declarations.contains(where: { $0.key == key && $0.isSecret }) {
                refuse(key, "\(key) is a secret: it is set by environment or manifest, never here.")
            } else if let failure = reader.failures.first(where: { $0.key == key }) {
                refuse(key, failure.sentence)
            }
        }
        guard errors.isEmpty else { throw Problem.invalidRequest(errors) }
        do { try given.make(manifest, new) } catch {
            throw Problem.invalidRequest([
                .init(pointer: "body/settings", message: "\(manifest.plugin) does not take this: \(error)")
            ])
        }
        return new
    }

    private static func settingsEntry(
        _ plugin: PluginName, _ old: [String: String], _ new: [String: String], _ keys: some Sequence<String>, _ actor: AuditActor
    ) -> AuditEntry {
        func document(_ settings: [String: String]) -> [UInt8] {
            var json = JSONWriter()
            json.object { json in
                for key in keys.sorted() { if let value = settings[key] { json.field(named: key, value) } }
            }
            return json.bytes
        }
        return AuditEntry(
            .settingsUpdated, target: "feature:\(plugin)", by: actor, oldValue: document(old), newValue: document(new))
    }
}
