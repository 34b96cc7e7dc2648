import KernelAPI

/// A plugin to administrate: people have roles on it, it has settings, a route and a job.
struct FleetsPlugin: Plugin {
    struct Settings: PluginConfiguration {
        init(_ settings: inout SettingsReader) {
            _ = settings.integer("min_ships", default: 3, in: 1...10, help: "The fewest ships that make a fleet")
        }
    }

    static let name: PluginName = "fleets"
    static let feature: FeatureDeclaration? = FeatureDeclaration(title: "Fleets", summary: "See fleets")
    let contributions: Contributions

    init(configuration: Settings, host: PluginHost) {
        contributions = Contributions(
            routes: [
                .get("/fleets", "Fleets", policy: .feature("fleets", .user)) { (_: NoInput, _) in NoContent() },
                .post("/fleets", "Make a fleet", policy: .feature("fleets", .fc)) { (_: NoInput, _: NoBody, _) in NoContent() },
            ],
            jobs: [Job("count", "Counts ships", schedule: .every(.seconds(3_600)), deadline: .seconds(60)) { _ in }])
    }

    static let manifest = """
        plugin: fleets
        module: AdminTests
        enabled: true
        requires: []
        serve: { routes: true, workers: [count] }
        config: {}
        contributes:
          routes: [GET /fleets, POST /fleets]
          jobs: [count]
        """
}

/// Another one, so that roles on one are none on the other.
struct WarsPlugin: Plugin {
    static let name: PluginName = "wars"
    static let feature: FeatureDeclaration? = FeatureDeclaration(title: "Wars", summary: "See wars")
    let contributions = Contributions()

    init(configuration: NoConfiguration, host: PluginHost) {}

    static let manifest = """
        plugin: wars
        module: AdminTests
        enabled: true
        requires: [fleets]
        serve: { routes: true, workers: [] }
        config: {}
        contributes: { routes: [], workers: [] }
        """
}
