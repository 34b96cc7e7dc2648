import Foundation
import KernelAPI
import KernelTesting
import Logging
import Testing

@testable import KernelRuntime

/// Manifests that are edited while the program runs.
@Suite(.timeLimit(.minutes(10))) struct ManifestFollowingTests {
    private func withPod(_ body: @escaping @Sendable (Pod, ManifestFolder) async throws -> Void) async throws {
        let folder = try ManifestFolder()
        defer { folder.delete() }
        try await kernelDatabase { database, _ in
            let pod = try Pod(database, .init(directory: folder.path))
            try await Pod.run([pod]) {
                await pod.stage.wait(for: "listening")
                try await body(pod, folder)
            }
        }
    }

    @Test("An edited setting makes a new instance of that plugin and of no other")
    func setting() async throws {
        try await withPod { pod, folder in
            #expect(await pod.get("/deck").json["limit"].number == 5)
            try folder.change("deck", adding: "config: { limit: 8 }")
            await pod.stage.wait(for: "stop deck")
            await pod.wait(for: "deck", .running)
            #expect(await pod.get("/deck").json["limit"].number == 8)
            #expect(!pod.stage.lives.contains { $0 == "stop harbor" || $0 == "stop buoy" })
            let shown = try await pod.administration.features().first { $0.plugin == "deck" }?.settings.first
            #expect(shown?.origin.hasSuffix("20-deck.yaml:5") == true)
        }
    }

    @Test("What is wrong is told with file, line and key, and changes nothing; so is a plugin that others require going away")
    func invalid() async throws {
        try await withPod { pod, folder in
            try folder.change("deck", adding: "confg: { limit: 8 }")
            try await told(pod, "20-deck.yaml:5: unknown key confg in the manifest, did you mean config?")
            try folder.change("deck", adding: "config: { limit: 80 }")
            try await told(pod, "20-deck.yaml:5: limit is 80, expected a whole number from 1 to 9. How many.")
            try folder.change("deck", adding: "")
            try folder.remove("10-harbor.yaml")
            try await told(pod, "20-deck.yaml: deck requires harbor, which has no manifest.")
            #expect(!pod.stage.lives.contains { $0.hasPrefix("stop") })
            #expect(await pod.get("/deck").json["limit"].number == 5)
        }
    }

    /// Waits until the log has it.
    private func told(_ pod: Pod, _ sentence: String) async throws {
        try await until {
            pod.log.entries.contains { $0.level == .error && $0.metadata["problem"]?.hasSuffix(sentence) == true }
        }
    }

    @Test("A disabled plugin goes, with routes and menu; another one comes; a change of nothing concerns nobody")
    func comingAndGoing() async throws {
        try await withPod { pod, folder in
            try folder.change("buoy", adding: "enabled: false")
            await pod.stage.wait(for: "stop buoy")
            let missing = await pod.get("/buoy")
            #expect(missing.status == 404 && missing.json["error"].text == "not_found")
            #expect(pod.menu == ["harbor", "deck"])
            try folder.change("buoy", adding: "# a comment")
            await pod.stage.wait(for: "start buoy")
            await pod.wait(for: "buoy", .running)
            #expect(await pod.get("/buoy").status == 200)
            // Order and comments are not what a plugin is made of.
            try folder.change("harbor", adding: "# a comment")
            try folder.change("buoy", adding: "serve: { routes: false }")
            await pod.stage.wait(for: "stop buoy")
            await pod.wait(for: "buoy", .running)
            #expect(await pod.get("/buoy").status == 404)
            #expect(!pod.stage.lives.contains { $0 == "stop harbor" || $0 == "stop deck" })
        }
    }

    @Test("A change counts when it has stood still for two looks, and once; writing the same again is none")
    func watch() throws {
        let folder = try ManifestFolder()
        defer { folder.delete() }
        var watch = ManifestWatch(directory: folder.path, known: try ManifestSet(directory: folder.path).digest)
        func looks(_ count: Int) -> [Bool] { (0..<count).map { _ in watch.hasChanged() } }
        #expect(looks(3) == [false, false, false])
        try folder.change("deck", adding: "config: { limit: 1 }")
        #expect(looks(1) == [false])
        try folder.change("deck", adding: "config: { limit: 2 }")
        #expect(looks(4) == [false, true, false, false])
        try folder.change("deck", adding: "config: { limit: 2 }")
        #expect(looks(3) == [false, false, false])
        try folder.remove("30-buoy.yaml")
        #expect(looks(3) == [false, true, false])
    }
}
