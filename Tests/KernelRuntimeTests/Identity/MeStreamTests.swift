import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct MeStreamTests {
    /// Hands the events of a stream to a test, one by one.
    private final class Sink: EventSink {
        private let sent = Record<String>()

        func advance(to id: String) async {}

        func send(_ event: ServerSentEvent) async throws {
            sent.add("\(event.name) \(String(decoding: event.data, as: UTF8.self))")
        }

        func next() async throws -> (name: String, data: JSON) {
            let text = try #require(await sent.next())
            let name = text.prefix { $0 != " " }
            return (String(name), try JSON(Array(text.dropFirst(name.count + 1).utf8)))
        }
    }

    private func streaming(
        _ bench: IdentityBench, _ browser: Browser, _ body: (Sink, AsyncStream<Void>) async throws -> Void
    ) async throws {
        let stream = try #require(await browser.get("/me/stream").response.stream)
        let (sink, (ended, ending)) = (Sink(), AsyncStream.makeStream(of: Void.self))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bench.signals.run() }
            for service in bench.identity.running.prefix(1) { group.addTask { try await service.run() } }
            group.addTask {
                await stream.run(sink)
                ending.finish()
            }
            try await body(sink, ended)
            group.cancelAll()
        }
    }

    @Test("The stream tells session, roles and menu at once, and again when they change")
    func changes() async throws {
        try await IdentityBench.run { bench in
            let admin = try #require(try await bench.principal(try await bench.login(IdentityBench.superAdmin)))
            let browser = try await bench.login(90_000_010)
            let account = try await bench.account(of: 90_000_010).id
            try await streaming(bench, browser) { sink, _ in
                let session = try await sink.next()
                #expect(session.name == "session" && session.data["active"].isTrue && session.data["viewedBy"] == .null)
                #expect(try await sink.next().data["featureRoles"].items.isEmpty)
                let features = try await sink.next()
                #expect(features.name == "features" && features.data["menu"].items.isEmpty)
                _ = try await bench.identity.accounts.setRole(.user, on: "alpha", of: account, by: admin, actor: .system)
                let roles = try await sink.next()
                #expect(roles.name == "roles" && roles.data["featureRoles"][0]["roleKey"].text == "user")
                let menu = try await sink.next().data["menu"].items
                #expect(menu.map { $0["path"].text } == ["/alphas"])
                // Somebody switches the feature off.
                bench.features.publish(
                    bench.features.entries.map {
                        .init(plugin: $0.plugin, declaration: $0.declaration, isEnabled: $0.plugin != "alpha", menu: $0.menu)
                    })
                let off = try await sink.next().data
                #expect(off["menu"].items.isEmpty && !off["features"][0]["enabled"].isTrue && off["features"][0]["access"].isTrue)
            }
        }
    }

    @Test("The end of the session is told, and ends the stream")
    func end() async throws {
        try await IdentityBench.run { bench in
            let (browser, other) = (try await bench.login(90_000_010), try await bench.login(90_000_010))
            try await streaming(bench, browser) { sink, ended in
                for _ in 0..<3 { _ = try await sink.next() }
                let sessions = await other.get("/me/sessions").json["items"].items
                let id = try #require(sessions.first { !$0["isCurrent"].isTrue }?["id"].text)
                #expect(await other.send(.delete, "/me/sessions/\(id)").status == 204)
                let end = try await sink.next()
                #expect(end.name == "session" && !end.data["active"].isTrue)
                for await _ in ended {}
            }
        }
    }

    @Test("Others' changes are not told")
    func others() async throws {
        try await IdentityBench.run { bench in
            let (browser, other) = (try await bench.login(90_000_010), try await bench.login(90_000_011))
            let admin = try #require(try await bench.principal(try await bench.login(IdentityBench.superAdmin)))
            try await streaming(bench, browser) { sink, _ in
                for _ in 0..<3 { _ = try await sink.next() }
                #expect(await other.send(.patch, "/me", #"{"displayName":"Other"}"#).status == 200)
                _ = try await bench.identity.accounts.setRole(
                    .fc, on: "beta", of: try await bench.account(of: 90_000_010).id, by: admin, actor: .system)
                #expect(try await sink.next().name == "roles")
            }
        }
    }
}
