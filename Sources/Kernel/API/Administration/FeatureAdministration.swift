public import struct Foundation.Date

/// Plugins and their switches, for all pods.
public protocol FeatureAdministration: Sendable {
    /// The plugins that this pod has manifests for, in the order in which they start.
    func features() async throws -> [FeatureStatus]

    /// Switches a plugin on or off, changes settings, or both; every pod follows within a second.
    ///
    /// The switch is for admins of the feature, settings from director on; both for superadmins alone where the plugin declares
    /// no feature.
    ///
    /// - Throws: ``Problem`` 404 for an unknown plugin, 400 for settings that the plugin does not take (each by name, as
    ///   `settings/key`) and for secrets, 403 when `principal` may not, 409 `required_by_others` with the dependants when one of
    ///   them is on and `includingDependants` is not given, 409 `requires_others` when it needs something that is off, 409
    ///   `always_on` for what the admin console needs itself.
    func change(
        _ plugin: PluginName, _ change: FeatureChange, by principal: Principal, actor: AuditActor
    ) async throws -> FeatureStatus

    /// What every pod says about its plugins; pods that have said nothing for a minute are marked as gone.
    func fleet() async throws -> [PodPlugin]
}

/// What is to change.
public struct FeatureChange: Sendable, Hashable {
    /// `nil` leaves the switch.
    public var isEnabled: Bool?
    /// Settings by key; a `nil` value goes back to manifest or default. Keys that are not named stay as they are.
    public var settings: [String: String?]
    /// Switch off what depends on it, too.
    public var includingDependants: Bool

    public init(isEnabled: Bool? = nil, settings: [String: String?] = [:], includingDependants: Bool = false) {
        self.isEnabled = isEnabled
        self.settings = settings
        self.includingDependants = includingDependants
    }
}

/// A plugin as the admins set it.
public struct FeatureStatus: Sendable {
    public let plugin: PluginName
    /// `nil`: people have no roles on it.
    public let declaration: FeatureDeclaration?
    public let requires: [PluginName]
    /// Plugins that are switched on and need this one, directly or not.
    public let dependants: [PluginName]
    /// As the manifest of this pod says.
    public let isEnabledByManifest: Bool
    /// As an admin set it; on unless somebody switched it off.
    public let isSwitchedOn: Bool
    public let switchedAt: Date?
    public let settings: [SettingStatus]
    /// Actual state on this pod.
    public let state: PluginState
    public let lastError: String?

    public init(
        plugin: PluginName, declaration: FeatureDeclaration?, requires: [PluginName], dependants: [PluginName],
        isEnabledByManifest: Bool, isSwitchedOn: Bool, switchedAt: Date?, settings: [SettingStatus], state: PluginState,
        lastError: String?
    ) {
        self.plugin = plugin
        self.declaration = declaration
        self.requires = requires
        self.dependants = dependants
        self.isEnabledByManifest = isEnabledByManifest
        self.isSwitchedOn = isSwitchedOn
        self.switchedAt = switchedAt
        self.settings = settings
        self.state = state
        self.lastError = lastError
    }
}

/// A setting with its value and where that comes from; secrets are masked.
public struct SettingStatus: Sendable, Hashable {
    public let key: String
    public let value: String
    /// `default`, `plugins.d/30-battle-reports.yaml:8`, a variable's name, or `admin console`.
    public let origin: String
    public let help: String
    /// What it takes, in words: `a whole number from 1 to 60`.
    public let expected: String

    public init(key: String, value: String, origin: String, help: String, expected: String) {
        self.key = key
        self.value = value
        self.origin = origin
        self.help = help
        self.expected = expected
    }
}

/// What a plugin is doing on one pod.
public enum PluginState: String, Sendable, CaseIterable, Hashable {
    /// Switched off by an admin, needing something that is, or not for this pod.
    case off
    case starting
    case running
    /// It runs, but not as it should, or it did not start and the manifest says `degrade`.
    case degraded
    /// It did not start and is tried again.
    case retrying
    /// Finishing what is under way before it stops.
    case draining
    case failed
}

/// One plugin on one pod.
public struct PodPlugin: Sendable {
    public let pod: String
    public let plugin: PluginName
    public let version: String
    /// Pods with the same hash run with the same manifest and settings.
    public let configurationHash: String
    public let state: PluginState
    public let lastError: String?
    /// What of it this pod serves; `workers` are its workers, jobs and consumers.
    public let servesRoutes: Bool
    public let workers: [String]
    /// When this instance began; `nil` while there is none.
    public let startedAt: Date?
    public let seenAt: Date
    /// The pod has said nothing for a minute.
    public let isGone: Bool

    public init(
        pod: String, plugin: PluginName, version: String, configurationHash: String, state: PluginState, lastError: String?,
        servesRoutes: Bool, workers: [String], startedAt: Date?, seenAt: Date, isGone: Bool
    ) {
        self.pod = pod
        self.plugin = plugin
        self.version = version
        self.configurationHash = configurationHash
        self.state = state
        self.lastError = lastError
        self.servesRoutes = servesRoutes
        self.workers = workers
        self.startedAt = startedAt
        self.seenAt = seenAt
        self.isGone = isGone
    }
}
