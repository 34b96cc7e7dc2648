public import KernelAPI

/// The plugin's settings.
public struct KillmailsSettings: PluginConfiguration {
    /// Killmails that happened longer ago are not taken in, and their months are dropped.
    public let retentionMonths: Int

    public init(_ settings: inout SettingsReader) {
        retentionMonths = settings.integer(
            "retention_months", default: 60, in: 1...600, help: "How many months of killmails are kept")
    }
}
