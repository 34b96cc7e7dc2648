import EVE
public import KernelAPI

/// Makes battles of killmails and tells about them.
public struct BattleReportsPlugin: Plugin {
    public static let name: PluginName = "battle-reports"
    public static let feature: FeatureDeclaration? = FeatureDeclaration(
        title: "Battle reports", summary: "See battles and the killmails in them as they happen")

    public let contributions: Contributions

    public init(configuration: BattleReportsSettings, host: PluginHost) throws {
        contributions = Contributions(
            routes: BattleRoutes(host: host).routes + KillmailRoutes(host: host).routes + ClustererRoutes(host: host).routes,
            workers: [ClustererWorker(settings: configuration, host: host)],
            menu: [
                MenuEntry("Battles", path: "/battles", policy: .feature("battle-reports", .user)),
                MenuEntry("Killmails", path: "/killmails", policy: .feature("battle-reports", .user)),
            ],
            migrations: BattleReportsMigrations.all)
    }
}
