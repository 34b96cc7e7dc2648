import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct PodSelectionTests {
    private static let documents = [
        (file: "10.yaml", yaml: "plugin: mine\nmodule: M\ncontributes: { workers: [ingest, sweep], jobs: [prune] }"),
        (
            file: "20.yaml",
            yaml: """
            plugin: reports
            module: R
            requires: [mine]
            serve: { routes: true, workers: [cluster] }
            contributes: { routes: [GET /reports], workers: [cluster, sweep], consumers: [follow] }
            """
        ),
        (file: "30.yaml", yaml: "plugin: admin\nmodule: A\ncontributes: { routes: [GET /admin/x] }"),
        (file: "40.yaml", yaml: "plugin: old\nmodule: O\nenabled: false"),
    ]

    private func apply(_ selection: PodSelection) throws -> [PluginName: Manifest] {
        let set = try selection.applied(to: ManifestSet(documents: Self.documents))
        return Dictionary(uniqueKeysWithValues: set.manifests.map { ($0.plugin, $0) })
    }

    private func problems(_ selection: PodSelection) -> [String] {
        do {
            _ = try apply(selection)
            return []
        } catch { return (error as? ConfigurationError)?.problems ?? ["\(error)"] }
    }

    @Test("Without flags the manifests decide")
    func nothing() throws {
        let all = try apply(.all)
        #expect(all.values.filter(\.runsHere).map(\.plugin).sorted() == ["admin", "mine", "reports"])
        #expect(all["reports"]?.serve.workers == ["cluster"] && all["mine"]?.serve.workers == nil)
    }

    @Test("--workers plugin.worker --no-routes runs that worker; what is required comes along and does nothing")
    func oneWorker() throws {
        let one = try apply(PodSelection(workers: ["reports.cluster"], servesRoutes: false))
        #expect(one.values.filter(\.runsHere).map(\.plugin).sorted() == ["mine", "reports"])
        #expect(one["reports"]?.serve == .init(routes: false, workers: ["cluster"]))
        #expect(one["mine"]?.serve == .init(routes: false, workers: []))
        let other = try apply(PodSelection(workers: ["mine.ingest"], servesRoutes: false))
        #expect(other.values.filter(\.runsHere).map(\.plugin) == ["mine"])
    }

    @Test("Workers, jobs and consumers are named alike, win over the manifest, and a plugin's name means all of its own")
    func kinds() throws {
        let chosen = try apply(PodSelection(workers: ["mine", "reports.follow", "cluster"]))
        #expect(chosen["mine"]?.serve.workers == ["ingest", "sweep", "prune"])
        #expect(chosen["reports"]?.serve.workers == ["follow", "cluster"])
        // With routes, everybody who has any stays.
        #expect(chosen["admin"]?.runsHere == true && chosen["admin"]?.serve.workers == [])
        #expect(try apply(PodSelection(workers: []))["reports"]?.serve == .init(routes: true, workers: []))
        #expect(try apply(PodSelection(workers: []))["mine"]?.serve.workers == [])
    }

    @Test("--plugins admin serves the admin console alone")
    func onePlugin() throws {
        let admin = try apply(PodSelection(plugins: ["admin"]))
        #expect(admin.values.filter(\.runsHere).map(\.plugin) == ["admin"])
        let reports = try apply(PodSelection(plugins: ["reports"]))
        #expect(reports["mine"]?.runsHere == true && reports["mine"]?.serve == .init(routes: false, workers: []))
        #expect(reports["reports"]?.serve == .init(routes: true, workers: ["cluster"]))
    }

    @Test(
        "Names that are wrong are told, with what was meant",
        arguments: [
            (PodSelection(plugins: ["report"]), "--plugins: there is no plugin report. Did you mean reports?"),
            (PodSelection(plugins: ["xxxxxx"]), "--plugins: there is no plugin xxxxxx; there are mine, reports, admin, old."),
            (PodSelection(plugins: ["old"]), "--plugins: old is disabled in 40.yaml."),
            (
                PodSelection(workers: ["mine.ingst"]),
                "--workers: there is no worker, job or consumer mine.ingst. Did you mean mine.ingest?"
            ),
            (PodSelection(workers: ["sweep"]), "--workers: sweep can be mine.sweep and reports.sweep. Name the plugin, too."),
            (
                PodSelection(plugins: ["admin"], workers: ["mine.ingest"]),
                "--workers: there is no worker, job or consumer mine.ingest."
            ),
        ])
    func wrongNames(_ selection: PodSelection, _ sentence: String) { #expect(problems(selection) == [sentence]) }

    @Test("A pod without routes answers health alone, and its plugins work")
    func noRoutes() async throws {
        try await kernelDatabase { database, _ in
            let pod = try Pod(database, .init(selection: PodSelection(workers: ["deck"], servesRoutes: false)))
            try await Pod.run([pod]) {
                await pod.stage.wait(for: "step deck")
                for path in ["/deck", "/", "/me", "/auth/login", "/openapi.json"] {
                    let missing = await pod.get(path)
                    #expect(missing.status == 404 && missing.json["error"].text == "not_found", "\(path)")
                }
                #expect(await pod.get("/livez").status == 200)
                let health = await pod.get("/healthz")
                #expect(health.status == 200 && health.json["plugins"].items.map { $0["name"].text } == ["harbor", "deck"])
                // What this pod leaves to others is in the menu all the same.
                #expect(pod.menu == ["harbor", "deck", "buoy"])
            }
            #expect(!pod.stage.record.all.contains { $0 == "step harbor" || $0 == "start buoy" })
            #expect(pod.stage.lives.contains("start harbor"))
        }
    }
}
