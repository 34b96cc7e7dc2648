/// A plugin's settings as a type. Its initializer *is* the declaration: each read names key, default and range.
///
/// ```swift
/// struct Settings: PluginConfiguration {
///     let batchSize: Int
///     init(_ settings: inout SettingsReader) {
///         batchSize = settings.integer("batch_size", default: 500, in: 1...5000, help: "Killmails a transaction")
///     }
/// }
/// ```
/// Problems are collected, not thrown, so that an admin sees all of them at once.
public protocol PluginConfiguration: Sendable {
    init(_ settings: inout SettingsReader)
}

/// For plugins without settings.
public struct NoConfiguration: PluginConfiguration {
    public init(_ settings: inout SettingsReader) {}
}
