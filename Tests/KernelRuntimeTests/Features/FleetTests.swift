import Foundation
import KernelAPI
import KernelPostgres
import KernelTesting
import Testing

@testable import KernelRuntime

/// What pods say about themselves.
@Suite(.timeLimit(.minutes(10))) struct FleetTests {
    /// Waits until the table says so.
    private func wait(_ database: PostgresDatabase, for condition: ([PodPlugin]) -> Bool) async throws -> [PodPlugin] {
        while true {
            let pods = try await FleetStore(database: database).pods()
            if condition(pods) { return pods }
        }
    }

    @Test("Each pod tells its plugins' states, versions and configurations; drift is visible; an orderly end leaves nothing")
    func twoPods() async throws {
        try await kernelDatabase { database, _ in
            let pods = [
                try Pod(database),
                try Pod(
                    database,
                    .init(variables: ["BATTLESCOPE_DECK_LIMIT": "2"], selection: PodSelection(plugins: ["deck"], workers: []))),
            ]
            try await Pod.run(pods) {
                let found = try await wait(database) { $0.count == 5 && $0.allSatisfy { $0.state == .running } }
                #expect(Set(found.map(\.pod)).count == 2 && found.allSatisfy { $0.version == "test" && !$0.isGone })
                let decks = found.filter { $0.plugin == "deck" }
                #expect(Set(decks.map(\.configurationHash)).count == 2, "their limits differ")
                let harbors = found.filter { $0.plugin == "harbor" }
                #expect(Set(harbors.map(\.configurationHash)).count == 1, "what a pod serves of it is no drift")
                #expect(Set(harbors.map(\.servesRoutes)) == [true, false] && Set(harbors.map(\.workers)) == [["crew"], []])
                #expect(found.allSatisfy { $0.startedAt != nil })

                try await pods[0].change("deck", .init(isEnabled: false))
                let off = try await wait(database) { $0.count { $0.plugin == "deck" && $0.state == .off } == 2 }
                #expect(off.filter { $0.plugin == "deck" }.allSatisfy { $0.startedAt == nil })
            }
            #expect(try await FleetStore(database: database).pods().isEmpty)
        }
    }

    @Test("Secrets change no hash that anybody could try them against; their being there does")
    func secrets() throws {
        func hash(_ variables: [String: String]) throws -> String? {
            let database = PostgresDatabase(configuration: try .init(url: "postgres:///x?host=/nonexistent"), logger: silent)
            let loader = PluginLoader(registry: [BuoyPlugin.self], environment: EnvironmentLookup(variables))
            let manifests = try ManifestSet(documents: StageManifests.documents().filter { $0.file.contains("buoy") })
            return try loader.load(manifests) { _ in
                Kernel.offlineHost(database: database, contracts: ContractRegistry(), logger: silent)
            }.first?.configurationHash
        }
        let one = try hash(["BATTLESCOPE_BUOY_TOKEN": "1"])
        #expect(try one == hash(["BATTLESCOPE_BUOY_TOKEN": "2"]) && one != hash([:]))
        #expect(try hash(["BATTLESCOPE_BUOY_LIMIT": "5"]) == hash([:]), "it is the default")
        #expect(try hash(["BATTLESCOPE_BUOY_LIMIT": "4"]) != hash([:]))
    }

    @Test("A pod that has said nothing for a minute is gone, one of an hour ago is forgotten, and a living one comes back")
    func gone() async throws {
        try await kernelDatabase { database, _ in
            let store = FleetStore(database: database)
            let report = PluginReport(
                plugin: "deck", state: .running, isRequired: true, runsHere: true, configurationHash: "x", servesRoutes: true,
                work: ["crew", "count"])
            func age(_ pod: String, _ time: String) async throws {
                try await database.withSession {
                    try await $0.simple(
                        "test.age",
                        sql: "UPDATE kernel.pod_plugin SET seen_at = seen_at - interval '\(time)' WHERE pod = '\(pod)'")
                }
            }
            for pod in ["a", "b", "c"] { try await store.write([report], pod: pod, version: "1") }
            try await age("a", "61 s")
            try await age("b", "59 minutes")
            try await age("c", "61 minutes")
            #expect(try await store.pods().map(\.isGone) == [true, true, true])
            try await store.write([report], pod: "a", version: "2")
            let pods = try await store.pods()
            #expect(pods.map(\.pod) == ["a", "b"] && pods.map(\.isGone) == [false, true])
            #expect(pods[0].version == "2" && pods[0].workers == ["crew", "count"])
            // A plugin that it has no more.
            try await store.write([], pod: "a", version: "2")
            #expect(try await store.pods().map(\.pod) == ["b"])
        }
    }

    @Test("The name of a pod is its host's and a random word")
    func name() {
        let names = Set((0..<20).map { _ in FleetReporter.newPod() })
        #expect(names.count == 20)
        #expect(names.allSatisfy { $0.wholeMatch(of: /.+-[a-z2-7]{4}/) != nil })
    }
}
