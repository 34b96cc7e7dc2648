import KernelAPI

/// Switches, settings, and what every pod runs.
struct FeatureRoutes {
    let features: any FeatureAdministration

    var routes: [Route] {
        [
            .get("/admin/features", "Plugins with their switches and settings", policy: .anyFeature(.director)) {
                (_: NoInput, request) in
                let principal = try request.account
                // Settings are for directors of the feature; of plugins without roles, for superadmins.
                let seen = try await features.features().filter { principal.has(.director, on: FeatureKey($0.plugin)) }
                return Listing(seen.map { FeatureItem(status: $0) })
            },
            // Settings are for directors and the switch for admins: the kernel judges which of them the change holds.
            .put(
                "/admin/features/{key}", "Switch a plugin, change its settings", policy: .featureInPath("key", .director),
                problems: [.notFound, .conflict]
            ) { (input: FeatureInput, body: FeatureBody, request) in
                FeatureItem(
                    status: try await features.change(input.plugin, body.change, by: request.account, actor: request.actor))
            },
            .get("/admin/plugins", "Every plugin on every pod", policy: .superadmin) { (_: NoInput, _) in
                Listing(try await features.fleet().map { PodPluginItem(row: $0) })
            },
        ]
    }
}

struct FeatureInput: RouteInput {
    let plugin: PluginName
    init(_ parameters: inout ParameterReader) { plugin = PluginName(rawValue: parameters.pathText("key")) }
}

/// `{"enabled": false, "includingDependants": true, "settings": {"min_kills": 3, "window_minutes": null}}`
struct FeatureBody: RouteBody {
    let change: FeatureChange

    init(_ body: inout BodyReader) {
        change = FeatureChange(
            isEnabled: body.optionalBoolean("enabled"), settings: body.settings("settings", atMost: 100) ?? [:],
            includingDependants: body.optionalBoolean("includingDependants") ?? false)
        if change.isEnabled == nil && change.settings.isEmpty {
            body.fail("", "the body needs enabled, settings, or both: there is nothing to change")
        }
    }
}

/// A plugin as the admins set it.
struct FeatureItem: JSONRepresentable {
    let status: FeatureStatus

    static let json = JSONForm<FeatureItem>("Feature") { form in
        form.text("key") { $0.status.plugin.rawValue }
        form.text("title") { $0.status.declaration?.title }
        form.text("summary") { $0.status.declaration?.summary }
        form.boolean("hasRoles", "People are given roles on it") { $0.status.declaration != nil }
        form.boolean("enabled", "As an admin set it") { $0.status.isSwitchedOn }
        form.boolean("enabledByManifest") { $0.status.isEnabledByManifest }
        form.time("switchedAt") { $0.status.switchedAt }
        form.texts("requires") { $0.status.requires.map(\.rawValue) }
        form.texts("dependants", "Plugins that are on and need this one") { $0.status.dependants.map(\.rawValue) }
        form.choice("state", "On the pod that answers") { $0.status.state }
        form.text("lastError") { $0.status.lastError }
        form.array("settings") { $0.status.settings.map { SettingItem(setting: $0) } }
    }
}

/// A setting with its value and where that comes from.
struct SettingItem: JSONRepresentable {
    let setting: SettingStatus

    static let json = JSONForm<SettingItem>("FeatureSetting") { form in
        form.text("key") { $0.setting.key }
        form.text("value") { $0.setting.value }
        form.text("origin") { $0.setting.origin }
        form.text("help") { $0.setting.help }
        form.text("expected") { $0.setting.expected }
    }
}

/// One plugin on one pod.
struct PodPluginItem: JSONRepresentable {
    let row: PodPlugin

    static let json = JSONForm<PodPluginItem>("PodPlugin") { form in
        form.text("pod") { $0.row.pod }
        form.text("plugin") { $0.row.plugin.rawValue }
        form.text("version") { $0.row.version }
        form.text("configurationHash", "The same on pods with the same configuration") { $0.row.configurationHash }
        form.choice("state") { $0.row.state }
        form.text("lastError") { $0.row.lastError }
        form.boolean("servesRoutes") { $0.row.servesRoutes }
        form.texts("workers") { $0.row.workers }
        form.time("startedAt") { $0.row.startedAt }
        form.time("seenAt") { $0.row.seenAt }
        form.boolean("isGone", "It has said nothing for a minute") { $0.row.isGone }
    }
}
