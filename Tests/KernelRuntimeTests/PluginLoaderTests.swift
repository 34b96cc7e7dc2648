import KernelAPI
import KernelPostgres
import Testing

@testable import KernelRuntime

@Suite struct PluginLoaderTests {
    private static let rich = """
        plugin: rich
        module: KernelRuntimeTests
        contributes: { routes: ["GET /rich/{id}"], workers: [idle], migrations: rich }
        """

    private func load(_ yaml: String..., environment: [String: String] = [:]) throws -> [LoadedPlugin] {
        let registry: [any Plugin.Type] = [RichPlugin.self, UnrulyPlugin.self, MuddledPlugin.self, AlphaPlugin.self]
        let database = PostgresDatabase(configuration: try .init(url: "postgres:///x?host=/nonexistent"), logger: silent)
        let manifests = try ManifestSet(documents: yaml.enumerated().map { (file: "\($0).yaml", yaml: $1) })
        return try PluginLoader(registry: registry, environment: EnvironmentLookup(environment)).load(manifests) { _ in
            Kernel.offlineHost(database: database, contracts: ContractRegistry(), logger: silent)
        }
    }

    private func problems(_ yaml: String..., environment: [String: String] = [:]) -> [String] {
        do {
            if yaml.count == 1 {
                _ = try load(yaml[0], environment: environment)
            } else {
                _ = try load(yaml[0], yaml[1], environment: environment)
            }
            return []
        } catch { return (error as? ConfigurationError)?.problems ?? ["\(error)"] }
    }

    @Test("The environment wins over the manifest, the manifest over the default")
    func precedence() throws {
        let manifest = Self.rich + "\nconfig: { batch_limit: 3 }"
        func setting(_ yaml: String, _ environment: [String: String] = [:]) throws -> [String] {
            let declared = try #require(try load(yaml, environment: environment).first?.settings.first)
            return [declared.value, declared.origin]
        }
        #expect(try setting(Self.rich) == ["5", "default"])
        #expect(try setting(manifest) == ["3", "0.yaml:4"])
        #expect(try setting(manifest, ["BATTLESCOPE_RICH_BATCH_LIMIT": "4"]) == ["4", "BATTLESCOPE_RICH_BATCH_LIMIT"])
        #expect(try setting(manifest, ["RICH_LIMIT": "6", "BATTLESCOPE_RICH_BATCH_LIMIT": "4"]) == ["6", "RICH_LIMIT"])
        #expect(try setting(manifest, ["RICH_LIMIT": ""]) == ["3", "0.yaml:4"])
    }

    @Test("Wrong and unknown settings are told with their places")
    func settings() {
        #expect(
            problems(Self.rich + "\nconfig: { batch_limt: 3 }") == [
                "0.yaml:4: unknown setting batch_limt of rich, did you mean batch_limit?"
            ])
        #expect(
            problems(Self.rich, environment: ["RICH_LIMIT": "10"]) == [
                "RICH_LIMIT: batch_limit is 10, expected a whole number from 1 to 9. How many."
            ])
    }

    @Test("A plugin that is not linked, or is in another module, is told with a hint")
    func linking() {
        let missing = problems("plugin: rick\nmodule: KernelRuntimeTests")
        #expect(missing.count == 1 && missing[0].contains("not linked") && missing[0].hasSuffix("Did you mean rich?"))
        #expect(problems("plugin: alpha\nmodule: Alpha") == ["0.yaml: module is Alpha, but alpha is in KernelRuntimeTests."])
    }

    @Test("Contributions and manifest must be the same, both ways, and served workers must exist")
    func differences() {
        let yaml = """
            plugin: rich
            module: KernelRuntimeTests
            serve: { workers: [idel] }
            contributes: { routes: [GET /poor], workers: [idle, busy] }
            """
        #expect(
            problems(yaml) == [
                "0.yaml: contributes.routes lacks GET /rich/{id}, which rich contributes.",
                "0.yaml: contributes.routes lists GET /poor, which rich does not contribute.",
                "0.yaml: contributes.workers lists busy, which rich does not contribute.",
                "0.yaml: contributes.migrations lacks rich, which rich contributes.",
                "0.yaml: serve.workers names idel, which rich does not contribute. Did you mean idle?",
            ])
    }

    @Test("What this pod serves is what the manifest says")
    func serving() throws {
        let all = try #require(try load(Self.rich).first)
        #expect(all.servedRoutes.count == 1 && all.servedWorkers.map(\.name) == ["idle"])
        let none = try #require(try load(Self.rich + "\nserve: { routes: false, workers: [] }").first)
        #expect(none.servedRoutes.isEmpty && none.servedWorkers.isEmpty)
        #expect(try load("plugin: alpha\nmodule: KernelRuntimeTests\nenabled: false").isEmpty)
    }

    @Test("A route belongs to one plugin, whatever its parameters are called, and the kernel keeps its own")
    func conflicts() {
        let unruly = """
            plugin: unruly
            module: KernelRuntimeTests
            contributes: { routes: ["GET /rich/{name}", GET /healthz] }
            """
        #expect(
            problems(Self.rich, unruly) == [
                "1.yaml: unruly contributes GET /rich/{name}, which rich has already.",
                "1.yaml: unruly contributes GET /healthz, which the kernel has already.",
            ])
    }

    @Test("Workers have names of their own; migrations have plain names in order")
    func names() {
        let found = problems(
            "plugin: muddled\nmodule: KernelRuntimeTests\ncontributes: { workers: [idle], migrations: muddled }")
        #expect(found.count == 3)
        #expect(found.contains("0.yaml: muddled contributes two workers, jobs or consumers named idle."))
        #expect(found.contains { $0.contains("m0001_a of muddled comes after m0002_b") })
        #expect(found.contains { $0.contains("migration It's of muddled is not named like") })
    }
}
