public import KernelAPI

/// The plugin's settings.
public struct KillmailsSettings: PluginConfiguration {
    /// Killmails that happened longer ago are not taken in, and their months are dropped.
    public let retentionMonths: Int

    static let retentionMonths = "retention_months"
    static let retentionRange = 1...600

    public init(_ settings: inout SettingsReader) {
        retentionMonths = settings.integer(
            Self.retentionMonths, default: 60, in: Self.retentionRange, help: "How many months of killmails are kept")
    }
}
