import Foundation
import HTTPTypes
import KernelAPI
import KernelPostgres
import KernelTesting
import Logging
import Testing

@testable import KernelRuntime

/// Plugins that throw, hang and do not obey, beside others that must not notice.
@Suite(.timeLimit(.minutes(10))) struct PluginFailureTests {
    private struct Failure: Error, CustomStringConvertible { let description = "the crane is broken" }

    /// Runs one pod; `body` begins when it is up.
    private func withPod(
        _ options: Pod.Options, before: @Sendable (Stage) -> Void = { _ in },
        _ body: @escaping @Sendable (Pod) async throws -> Void
    ) async throws {
        try await kernelDatabase { database, _ in
            let pod = try Pod(database, options)
            before(pod.stage)
            try await Pod.run([pod]) {
                await pod.stage.wait(for: "listening")
                try await body(pod)
            }
        }
    }

    private func health(_ pod: Pod) async -> (Int, String?, [String: String]) {
        let answer = await pod.get("/healthz")
        let plugins = answer.json["plugins"].items.map { ($0["name"].text ?? "", $0["state"].text ?? "") }
        return (answer.status, answer.json["status"].text, Dictionary(uniqueKeysWithValues: plugins))
    }

    @Test("fail: the program ends with the plugin's error, and never listened; who had started is stopped, in reverse")
    func fail() async throws {
        try await kernelDatabase { database, _ in
            let pod = try Pod(database)
            pod.stage.at("start deck") { throw Failure() }
            let error = await #expect(throws: PluginStartFailure.self) {
                try await Pod.run([pod]) { await pod.stage.wait(for: "stop harbor") }
            }
            #expect(error?.description == "the plugin deck did not start: the crane is broken")
            #expect(!pod.stage.record.all.contains("listening"))
            #expect(
                pod.stage.lives.filter { !$0.contains("buoy") } == ["start harbor", "start deck", "stop deck", "stop harbor"])
        }
    }

    @Test("degrade: the others run, its routes are 503, the pod is ready; off and on is another try")
    func degrade() async throws {
        try await withPod(
            .init(manifests: ["deck": "on_start_failure: degrade"]), before: { $0.at("start deck") { throw Failure() } }
        ) {
            pod in
            let report = await pod.wait(for: "deck", .degraded)
            #expect(report?.lastError == "It did not start: the crane is broken")
            let answer = await pod.get("/deck")
            #expect(
                answer.status == 503 && answer.json["error"].text == "plugin_unavailable" && answer.header("Retry-After") == "5")
            #expect(await pod.get("/buoy").status == 200)
            let (status, word, plugins) = await health(pod)
            #expect(status == 200 && word == "degraded")
            #expect(plugins == ["harbor": "running", "deck": "degraded", "buoy": "running"])
            pod.stage.at("start deck", nil)
            try await pod.change("deck", .init(isEnabled: false))
            await pod.wait(for: "deck", .off)
            try await pod.change("deck", .init(isEnabled: true))
            await pod.wait(for: "deck", .running)
            #expect(await pod.get("/deck").status == 200)
            #expect(await health(pod).1 == "ok")
        }
    }

    @Test("retry: it is tried again until it starts, each time as a new instance that is stopped")
    func retry() async throws {
        try await withPod(
            .init(manifests: ["deck": "on_start_failure: retry"]),
            before: { stage in
                stage.at("start deck") { if stage.record.all.count(where: { $0 == "start deck" }) < 4 { throw Failure() } }
            }
        ) { pod in
            await pod.wait(for: "deck", .running)
            let lives = pod.stage.lives.filter { $0.contains("deck") }
            #expect(lives == ["start deck", "stop deck", "start deck", "stop deck", "start deck", "stop deck", "start deck"])
        }
    }

    @Test("What requires a plugin that did not start waits for it, and says so; a failure after the start takes nothing down")
    func waiting() async throws {
        try await withPod(
            .init(manifests: ["harbor": "on_start_failure: degrade"]), before: { $0.at("start harbor") { throw Failure() } }
        ) {
            pod in
            let report = await pod.wait(for: "deck", .degraded)
            #expect(report?.lastError == "Waits for harbor, which it requires.")
            #expect(await pod.get("/deck").status == 503)
            #expect(!pod.stage.record.all.contains("start deck"))

            // The buoy is indispensable at start. Now that the pod is up, a switch must not end it.
            try await pod.change("buoy", .init(isEnabled: false))
            await pod.wait(for: "buoy", .off)
            pod.stage.at("start buoy") { throw Failure() }
            try await pod.change("buoy", .init(isEnabled: true))
            await pod.wait(for: "buoy", .retrying)
            #expect(await health(pod).0 == 503)
            pod.stage.at("start buoy", nil)
            await pod.wait(for: "buoy", .running)
            #expect(await health(pod).0 == 200)
        }
    }

    @Test("A start that hangs keeps nobody else from running, is reported and given up, and does not keep the pod from ending")
    func hangingStart() async throws {
        var options = Pod.Options(manifests: ["deck": "on_start_failure: degrade"], deadlines: Pod.impatient)
        options.deadlines.optionalStart = .milliseconds(10)
        try await withPod(options, before: { $0.at("start deck", Stage.hang) }) { pod in
            // The pod came up while the deck was still trying.
            #expect(await pod.get("/buoy").status == 200)
            let report = await pod.wait(for: "deck", .failed)
            #expect(report?.lastError?.contains("start() took longer than") == true)
            #expect(await pod.get("/deck").status == 503)
            #expect(pod.log.messages(.error).contains { $0.contains("does not obey") })
            #expect(await health(pod).1 == "degraded")
        }
    }

    @Test("A start that is late although it obeys is a failed one")
    func lateStart() async throws {
        let options = Pod.Options(manifests: ["deck": "on_start_failure: degrade"], deadlines: Pod.impatient)
        try await withPod(options, before: { $0.at("start deck") { for await _ in AsyncStream<Void>.makeStream().stream {} } }) {
            pod in
            await pod.wait(for: "deck", .degraded)
            #expect(pod.stage.lives.filter { $0.contains("deck") } == ["start deck", "stop deck"])
        }
    }

    @Test("A stop that hangs is given up; the plugin is not started again while it lasts, and then is")
    func hangingStop() async throws {
        try await withPod(.init(deadlines: Pod.impatient)) { pod in
            let gate = OneShot<Void>()
            pod.stage.at("stop deck") { await Task { _ = await gate.wait() }.value }
            try await pod.change("deck", .init(isEnabled: false))
            let report = await pod.wait(for: "deck", .failed)
            #expect(report?.lastError?.contains("stop()") == true)
            try await pod.change("deck", .init(isEnabled: true))
            await pod.wait(for: "buoy", .running)
            #expect(pod.stage.lives.filter { $0.contains("deck") } == ["start deck", "stop deck"])
            pod.stage.at("stop deck", nil)
            gate.fulfil(())
            await pod.wait(for: "deck", .running)
            #expect(pod.stage.lives.filter { $0.contains("deck") } == ["start deck", "stop deck", "start deck"])
        }
    }

    @Test("Plugins that hang in start, step, request and stop do not keep the pod from ending, and the others end in order")
    func hangingEnd() async throws {
        let options = Pod.Options(manifests: ["deck": "on_start_failure: degrade"], deadlines: Pod.impatient)
        try await withPod(options, before: { $0.at("start deck", Stage.hang) }) { pod in
            await pod.wait(for: "deck", .failed)
            pod.stage.at("step buoy", Stage.hang)
            pod.stage.at("stop buoy", Stage.hang)
            pod.stage.at("request buoy", Stage.hang)
            // Loose, for it never ends.
            Task { await pod.get("/buoy") }
            await pod.stage.wait(for: "request buoy")
            await pod.stage.wait(for: "step buoy")
            await pod.end()
            await pod.stage.wait(for: "stop harbor")
        }
    }

    @Test("A worker that does not obey is reported, its plugin counts as failed, and the other workers go on; it can recover")
    func hangingStep() async throws {
        try await withPod(.init(deadlines: Pod.impatient)) { pod in
            let gate = OneShot<Void>()
            pod.stage.at("step deck") { await Task { _ = await gate.wait() }.value }
            let report = await pod.wait(for: "deck", .failed)
            #expect(report?.lastError == "A step of deck.crew has not ended although it was cancelled.")
            #expect(await pod.get("/deck").status == 200)
            #expect(await health(pod).0 == 200, "it still answers")
            pod.stage.at("step buoy") { pod.stage.record.add("the buoy works") }
            await pod.stage.wait(for: "the buoy works")
            pod.stage.at("step deck", nil)
            gate.fulfil(())
            await pod.wait(for: "deck", .running)
        }
    }

    @Test("A worker that hangs does not keep its plugin from being switched off and on")
    func hangingDrain() async throws {
        try await withPod(.init(deadlines: Pod.impatient)) { pod in
            pod.stage.at("step deck", Stage.hang)
            await pod.stage.wait(for: "step deck")
            try await pod.change("deck", .init(isEnabled: false))
            await pod.stage.wait(for: "stop deck")
            pod.stage.at("step deck", nil)
            try await pod.change("deck", .init(isEnabled: true))
            await pod.wait(for: "deck", .running)
        }
    }

    @Test(
        "A plugin that says that it is degraded is shown so, and the pod stays ready; one that does not answer counts as degraded"
    )
    func health() async throws {
        try await withPod(.init(deadlines: Pod.impatient)) { pod in
            pod.stage[health: "deck"] = .degraded("The anchor is lost.")
            let report = await pod.wait(for: "deck", .degraded)
            #expect(report?.lastError == "The anchor is lost.")
            let (status, word, _) = await health(pod)
            #expect(status == 200 && word == "degraded")
            pod.stage[health: "deck"] = .healthy
            await pod.wait(for: "deck", .running)
        }
    }

    @Test("A setting of the admins that this version does not take is passed over, and told")
    func passedOver() async throws {
        try await kernelDatabase { database, _ in
            try await database.withSession { session in
                try await session.simple(
                    "test.execute",
                    sql: """
                        INSERT INTO kernel.feature (plugin, is_enabled, settings, changed_at, version)
                        VALUES ('deck', true, '{"limit": "99", "gone": "1", "token": "x"}', '2026-01-15', 1)
                        """)
            }
            let pod = try Pod(database)
            try await Pod.run([pod]) {
                await pod.stage.wait(for: "listening")
                let report = await pod.wait(for: "deck", .degraded)
                #expect(
                    report?.lastError
                        == "admin console: deck has no setting gone. "
                        + "admin console: limit is 99, expected a whole number from 1 to 9. "
                        + "How many. admin console: token is a secret, which cannot be set there.")
                #expect(await pod.get("/deck").json["limit"].number == 5)
            }
        }
    }
}
