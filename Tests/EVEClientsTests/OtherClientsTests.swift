import EVE
import Foundation
import Synchronization
import Testing

@testable import EVEClients

@Suite("Time scale, identity, recordings and downloads")
struct OtherClientsTests {
    @Test(
        "only a server on this machine may be hurried",
        arguments: [
            ("http://127.0.0.1:8090/r2z2", true), ("http://localhost:1", true), ("http://[::1]:8090", true),
            ("https://r2z2.zkillboard.com", false), ("http://127.0.0.1.example.com", false),
            ("http://localhost@example.com", false),
            ("nonsense", false), ("http://10.0.0.1", false),
        ])
    func guardsScale(url: String, isAllowed: Bool) {
        #expect(((try? OutsideTime(scale: 0.1, baseURLs: [url])) != nil) == isAllowed)
        #expect(throws: Never.self) { try OutsideTime(baseURLs: [url]) }
        #expect(throws: OutsideTimeError.self) { try OutsideTime(scale: 0, baseURLs: []) }
        #expect(throws: OutsideTimeError.self) { try OutsideTime(scale: .nan, baseURLs: []) }
    }

    @Test("an identity needs a contact and fits into a header")
    func checksIdentity() {
        #expect(OutsideIdentity(version: "1", contact: "a@b.c")?.userAgent == "BattleScope/1 (a@b.c)")
        #expect(OutsideIdentity(version: "1", contact: " ") == nil)
        #expect(OutsideIdentity(version: "1", contact: "a\r\nHost: x") == nil)
    }

    private func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("eve-clients-\(UUID().uuidString)").path
    }

    @Test("a recording is a feed whose numbers are lines")
    func replays() async throws {
        let path = temporaryPath()
        let mail =
            "{\"killmail_id\":ID,\"killmail_time\":\"2026-03-31T09:23:11Z\",\"solar_system_id\":1,\"victim\":{},\"attackers\":[]}"
        let lines = (1...7).map { $0 == 4 ? "broken" : mail.replacing("ID", with: "\($0)") }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        let feed = ReplayFeed(path: path, time: try OutsideTime(baseURLs: []), maximumBatch: 3)
        let first = try await feed.poll(FeedState())
        #expect(first.deliveries.map(\.sequence) == [1, 2, 3])
        #expect(first.pause == .zero)
        let second = try await feed.poll(first.state)
        #expect(second.deliveries.map(\.sequence) == [4, 5, 6])
        guard case .unreadable(let reject) = second.deliveries[0].content else {
            Issue.record("expected a reject")
            return
        }
        #expect(reject.code == "malformed_json")
        let repeated = try await feed.poll(first.state)
        #expect(repeated.deliveries == second.deliveries)
        let last = try await feed.poll(second.state)
        #expect(last.deliveries.map(\.sequence) == [7])
        #expect(last.pause > .seconds(60))
        let end = try await feed.poll(last.state)
        #expect(end.deliveries.isEmpty && end.state == last.state)
    }

    @Test("a download follows redirects, reports its progress and replaces the file at the end")
    func downloads() async throws {
        try await ScriptedServer.run { request in
            switch request.path {
            case "/latest": return .text("", status: 302, headers: ["Location": "/build"])
            case "/build": return .text(String(repeating: "x", count: 100_000))
            case "/loop": return .text("", status: 302, headers: ["Location": "/loop"])
            default: return .text("", status: 404)
            }
        } _: { _, url, client in
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("eve-download-\(UUID().uuidString)").path
            let download = StaticDataDownload(client: client, identity: try .test)
            let seen = Mutex<StaticDataDownload.Progress?>(nil)
            try await download.download(url + "/latest", to: path) { progress in seen.withLock { $0 = progress } }
            #expect(FileManager.default.contents(atPath: path)?.count == 100_000)
            #expect(seen.withLock { $0 } == .init(bytes: 100_000, total: 100_000))
            let small = StaticDataDownload(client: client, identity: try .test, maximumSize: 1_000)
            await #expect(throws: StaticDataDownload.Failure.tooLarge(limit: 1_000)) {
                try await small.download(url + "/build", to: path)
            }
            await #expect(throws: StaticDataDownload.Failure.status(404)) { try await download.download(url + "/none", to: path) }
            await #expect(throws: StaticDataDownload.Failure.self) { try await download.download(url + "/loop", to: path) }
            #expect(FileManager.default.contents(atPath: path)?.count == 100_000)
            #expect(!FileManager.default.fileExists(atPath: path + ".partial"))
        }
    }
}
