import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import Synchronization
import Testing

@testable import KernelRuntime

/// Two pods on one database, switched by an admin on one of them.
@Suite(.timeLimit(.minutes(10))) struct FeatureSwitchTests {
    private func withPods(
        _ options: [Pod.Options] = [.init(), .init()], _ body: @escaping @Sendable ([Pod], _ url: String) async throws -> Void
    ) async throws {
        try await kernelDatabase { database, url in
            let pods = try options.map { try Pod(database, $0) }
            try await Pod.run(pods) {
                for pod in pods { await pod.stage.wait(for: "listening") }
                try await body(pods, url)
            }
        }
    }

    @Test(
        "Switched off, a plugin is gone from every pod: routes, menu, streams and work; and it comes back as a new one"
    )
    func offAndOn() async throws {
        try await withPods { pods, url in
            for pod in pods {
                await pod.stage.wait(for: "step deck")
                #expect(await pod.get("/deck").status == 200)
                #expect(pod.menu.contains("deck"))
            }
            var streams: [OneShot<OpenStreams.End>] = []
            var others: [OneShot<OpenStreams.End>] = []
            for pod in pods {
                streams.append(try await pod.follow("/deck/stream"))
                others.append(try await pod.follow("/buoy/stream"))
                await pod.stage.wait(for: "stream deck")
            }

            let status = try await pods[0].change("deck", .init(isEnabled: false))
            #expect(!status.isSwitchedOn && status.switchedAt != nil)
            for (pod, stream) in zip(pods, streams) {
                await pod.stage.wait(for: "stop deck")
                let answer = await pod.get("/deck")
                #expect(answer.status == 404 && answer.json["error"].text == "feature_disabled")
                #expect(await stream.wait() == .featureDisabled)
                #expect(
                    pod.stage.lives.filter { $0.hasSuffix("ed deck") || $0 == "stop deck" } == ["streamed deck", "stop deck"],
                    "the stream ended before the life")
                #expect(!pod.menu.contains("deck") && pod.menu.contains("buoy"))
                #expect(pod.kernel.services.directory.feature("deck")?.isEnabled == false)
                #expect(await pod.get("/buoy").status == 200)
                await pod.wait(for: "deck", .off)
            }
            #expect(others.allSatisfy { $0.value == nil })

            let audit = try await PostgresFixture.shared.psql(
                "SELECT action, target, new_value FROM kernel.audit_log WHERE target LIKE 'feature:%'",
                database: databaseName(url))
            #expect(audit.split(separator: "\n") == [#"feature.disabled|feature:deck|{"enabled": false}"#])

            try await pods[1].change("deck", .init(isEnabled: true))
            for pod in pods {
                await pod.stage.wait(for: "step deck")
                #expect(await pod.get("/deck").status == 200)
                #expect(pod.menu.contains("deck"))
                let events = pod.stage.record.all
                let stopped = try #require(events.firstIndex(of: "stop deck"))
                let restarted = try #require(events[stopped...].firstIndex(of: "start deck"))
                #expect(!events[stopped..<restarted].contains("step deck"), "no step between stop and start")
                #expect(pod.stage.lives.filter { $0 == "start buoy" || $0 == "stop harbor" } == ["start buoy"])
            }
        }
    }

    @Test("The step and the request under way end before the plugin stops; while they do, nothing new begins")
    func drained() async throws {
        try await withPods([.init()]) { pods, _ in
            let pod = pods[0]
            let gate = OneShot<Void>()
            pod.stage.at("step deck") {
                _ = await gate.wait()
                pod.stage.record.add(Task.isCancelled ? "cut short" : "stepped")
            }
            pod.stage.at("request deck") {
                _ = await gate.wait()
                pod.stage.record.add("requested")
            }
            await pod.stage.wait(for: "step deck")
            async let answer = pod.get("/deck")
            await pod.stage.wait(for: "request deck")
            try await pod.change("deck", .init(isEnabled: false))
            await pod.wait(for: "deck", .draining)
            #expect(await pod.get("/deck").status == 404)
            gate.fulfil(())
            #expect(await answer.status == 200, "a request finishes on the routes that it found")
            await pod.stage.wait(for: "stop deck")
            let events = pod.stage.record.all.filter { $0.contains("deck") || $0.hasSuffix("ed") || $0 == "cut short" }
            let end = Array(events.drop { $0 != "request deck" })
            #expect(
                end.first == "request deck" && end.last == "stop deck"
                    && Set(end.dropFirst().dropLast()) == ["stepped", "requested"])
        }
    }

    @Test("What others require is refused with their names, and goes with them when that is asked for, they first")
    func dependants() async throws {
        try await withPods { pods, _ in
            let refusal = await #expect(throws: Problem.self) { try await pods[0].change("harbor", .init(isEnabled: false)) }
            #expect(refusal?.status == .conflict && refusal?.code == "required_by_others")
            #expect(refusal?.errors.map(\.pointer) == ["dependants/deck"])
            #expect(try await pods[0].administration.features().first { $0.plugin == "harbor" }?.dependants == ["deck"])

            try await pods[0].change("harbor", .init(isEnabled: false, includingDependants: true))
            for pod in pods {
                await pod.stage.wait(for: "stop harbor")
                #expect(pod.stage.lives.suffix(2) == ["stop deck", "stop harbor"])
                #expect(await pod.get("/deck").json["error"].text == "feature_disabled")
            }
            let missing = await #expect(throws: Problem.self) { try await pods[1].change("deck", .init(isEnabled: true)) }
            #expect(missing?.code == "requires_others" && missing?.errors.map(\.pointer) == ["requires/harbor"])
            try await pods[1].change("harbor", .init(isEnabled: true))
            try await pods[1].change("deck", .init(isEnabled: true))
            for pod in pods {
                await pod.wait(for: "deck", .running)
                #expect(pod.stage.lives.suffix(2) == ["start harbor", "start deck"])
            }
        }
    }

    @Test("A setting concerns its plugin alone, wins over the environment, and goes back when it is taken away")
    func settings() async throws {
        let options = Pod.Options(variables: ["BATTLESCOPE_DECK_LIMIT": "3"])
        try await withPods([options, options]) { pods, _ in
            #expect(await pods[1].get("/deck").json["limit"].number == 3)
            let status = try await pods[0].change("deck", .init(settings: ["limit": "7"]))
            let shown = try #require(status.settings.first { $0.key == "limit" })
            #expect([shown.value, shown.origin, shown.expected] == ["7", "admin console", "a whole number from 1 to 9"])
            for pod in pods {
                await pod.stage.wait(for: "stop deck")
                await pod.wait(for: "deck", .running)
                #expect(await pod.get("/deck").json["limit"].number == 7)
            }
            try await pods[1].change("deck", .init(settings: ["limit": nil]))
            for pod in pods {
                await pod.stage.wait(for: "stop deck")
                await pod.wait(for: "deck", .running)
                #expect(await pod.get("/deck").json["limit"].number == 3)
                #expect(!pod.stage.lives.contains { $0 == "stop harbor" || $0 == "stop buoy" })
                #expect(pod.stage.lives.filter { $0.contains("deck") && !$0.contains("request") }.count == 5)
            }
        }
    }

    @Test("A change that nobody was told of is found all the same")
    func missedSignal() async throws {
        var options = Pod.Options()
        options.deadlines.switchPoll = .milliseconds(50)
        try await withPods([options]) { pods, _ in
            try await kernelExecute(
                pods[0],
                """
                INSERT INTO kernel.feature (plugin, is_enabled, settings, changed_at, version)
                VALUES ('deck', false, '{}', '2026-01-15', 1)
                """
            )
            await pods[0].stage.wait(for: "stop deck")
        }
    }

    private func kernelExecute(_ pod: Pod, _ sql: String) async throws {
        try await pod.kernel.services.database.withSession { try await $0.simple("test.execute", sql: sql) }
    }

    @Test("A pod that starts takes the switches as they are: what is off never begins")
    func startsOff() async throws {
        try await kernelDatabase { database, _ in
            let first = try Pod(database)
            try await Pod.run([first]) {
                await first.stage.wait(for: "listening")
                try await first.change("deck", .init(isEnabled: false))
                await first.stage.wait(for: "stop deck")
            }
            let second = try Pod(database)
            try await Pod.run([second]) {
                await second.stage.wait(for: "listening")
                #expect(await second.get("/deck").json["error"].text == "feature_disabled")
            }
            #expect(!second.stage.record.all.contains("start deck"))
            #expect(Set(second.stage.lives.suffix(2)) == ["stop harbor", "stop buoy"])
        }
    }
}
