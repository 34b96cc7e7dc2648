/// A feature of BattleScope: everything it adds to the program, as values.
///
/// The kernel drives a plugin through one life:
/// 1. `init` with the plugin's typed configuration and its host. Nothing may happen here: no I/O, no tasks. What a
///    plugin needs and does not get (a contract that nobody offers) is an error of `init`.
/// 2. ``contributions`` is read once. The kernel checks it against the manifest, applies the migrations, mounts the
///    routes and starts the workers under the plugin's name.
/// 3. ``start()`` before the first request or worker step, ``stop()`` after the last one; both exactly once, `stop`
///    also when `start` threw. Plugins start in the order of their dependencies and stop in the reverse order.
///
/// None of these calls may block a thread. One that takes too long is cancelled, and one that does not obey is given up: requests
/// and steps that went on then may still go on during ``stop()`` (`docs/plugins.md`).
///
/// A change of its settings, and being switched off and on again, ends this life; a new one begins with a new instance.
///
/// A plugin sees this module and `EVE`, never the runtime, never another plugin (`docs/ARCHITECTURE.md`).
public protocol Plugin: Sendable {
    /// Read from admin console, environment and the manifest's `config`.
    associatedtype Configuration: PluginConfiguration

    /// The name in manifests, logs, metrics and the database, for example `battle-reports`.
    static var name: PluginName { get }

    /// What people get roles on; `nil` for a plugin that has no roles of its own.
    static var feature: FeatureDeclaration? { get }

    init(configuration: Configuration, host: PluginHost) throws

    var contributions: Contributions { get }

    func start() async throws
    func stop() async
}

extension Plugin {
    public static var feature: FeatureDeclaration? { nil }
    public func start() async throws {}
    public func stop() async {}
}

/// A plugin's name: lower-case words joined by hyphens.
public struct PluginName: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public static func < (left: PluginName, right: PluginName) -> Bool { left.rawValue < right.rawValue }
    public var description: String { rawValue }
    /// The name as PostgreSQL schema and metric namespace: hyphens become underscores.
    public var identifier: String { rawValue.split(separator: "-").joined(separator: "_") }
}
