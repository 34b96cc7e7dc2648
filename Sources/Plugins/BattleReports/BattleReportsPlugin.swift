import EVE
public import KernelAPI

/// Makes battles of killmails and tells about them.
public struct BattleReportsPlugin: Plugin {
    public static let name: PluginName = "battle-reports"

    public let contributions: Contributions

    public init(configuration: BattleReportsSettings, host: PluginHost) throws {
        contributions = Contributions(
            routes: BattleRoutes(host: host).routes + KillmailRoutes(host: host).routes,
            workers: [ClustererWorker(settings: configuration, host: host)],
            migrations: BattleReportsMigrations.all)
    }
}
